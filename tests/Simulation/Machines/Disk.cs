using Appliance.Simulation.Engine;

namespace Appliance.Simulation.Machines;

/// <summary>A disk that keeps what was flushed and nothing else: after a power cut the rest is old, new or torn, as the seed wills.</summary>
/// <remarks>
/// Content and names are flushed separately, as POSIX has it: <see cref="Flush"/> is fsync(2) of the file, <see cref="FlushNames"/> that of its
/// directory. Renames that were not flushed are lost from some point on, never out of order.
/// </remarks>
internal sealed class Disk(SeededRandom chance)
{
    private readonly Dictionary<string, Inode> _names = [];
    private readonly Dictionary<string, Inode> _durableNames = [];
    private readonly List<(string Name, Inode? Content, string? Gone)> _unflushedNames = [];

    public byte[]? Read(string name) => _names.TryGetValue(name, out var inode) ? inode.Content : null;

    public void Write(string name, byte[] content)
    {
        var inode = new Inode { Content = content };
        _names[name] = inode;
        _unflushedNames.Add((name, inode, null));
    }

    /// <summary>fsync(2) of a file's content.</summary>
    public void Flush(string name)
    {
        if (_names.TryGetValue(name, out var inode)) inode.Durable = inode.Content;
    }

    public void Rename(string from, string to)
    {
        if (!_names.Remove(from, out var inode)) return;
        _names[to] = inode;
        _unflushedNames.Add((to, inode, from));
    }

    /// <summary>fsync(2) of the directory: creations and renames so far survive.</summary>
    public void FlushNames() => KeepNames(_unflushedNames.Count);

    /// <summary>The current is gone.</summary>
    public void PowerCut()
    {
        KeepNames(chance.Below(_unflushedNames.Count + 1));
        _names.Clear();
        foreach (var (name, inode) in _durableNames)
        {
            if (inode.Durable != inode.Content)
                inode.Content = chance.Below(3) switch { 0 => inode.Durable ?? [], 1 => inode.Content, _ => Torn(inode.Content) };
            inode.Durable = inode.Content;
            _names[name] = inode;
        }
    }

    private byte[] Torn(byte[] content) => content[..chance.Below(content.Length + 1)];

    private void KeepNames(int count)
    {
        foreach (var (name, inode, gone) in _unflushedNames.Take(count))
        {
            if (gone is not null) _durableNames.Remove(gone);
            _durableNames[name] = inode!;
        }

        _unflushedNames.Clear();
    }

    private sealed class Inode
    {
        public required byte[] Content { get; set; }
        public byte[]? Durable { get; set; }
    }
}
