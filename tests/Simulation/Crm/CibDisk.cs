using Appliance.Crm;
using Appliance.Linux;
using Appliance.Simulation.Engine;

namespace Appliance.Simulation.Crm;

/// <summary>The directory of a machine's CIB, as its kernel has it: after a power cut what was not flushed is there, in part, or not, as the seed wills, each name and each content for itself.</summary>
internal sealed class CibDisk
{
    private sealed class Inode
    {
        private static long s_made;

        public readonly long Number = Interlocked.Increment(ref s_made);
        public byte[] Content = [];
        public byte[] Durable = [];
        public long Changes;
    }

    /// <param name="Gone">The name that it had before.</param>
    private sealed record NameStep(string Name, Inode? Content, string? Gone);

    private readonly Dictionary<string, Inode> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Inode> _durable = new(StringComparer.Ordinal);
    private readonly List<NameStep> _unflushed = [];

    public IEnumerable<string> Names => _names.Keys.Order(StringComparer.Ordinal);

    public byte[]? Read(string name) => _names.TryGetValue(name, out var file) ? file.Content : null;

    public void Write(string name, byte[] content)
    {
        if (!_names.TryGetValue(name, out var file))
        {
            _names[name] = file = new();
            _unflushed.Add(new(name, file, null));
        }
        file.Content = content;
        file.Changes++;
    }

    public FileStamp? Stamp(string name) => _names.TryGetValue(name, out var file) ? new((ulong)file.Number, (ulong)file.Content.Length, file.Changes) : null;

    public void Sync(string name)
    {
        if (_names.TryGetValue(name, out var file)) file.Durable = file.Content;
    }

    public void Rename(string from, string to)
    {
        if (!_names.Remove(from, out var file)) return;
        _names[to] = file;
        _unflushed.Add(new(to, file, from));
    }

    public void Link(string from, string to)
    {
        _names[to] = _names[from];
        _unflushed.Add(new(to, _names[from], null));
    }

    public void Delete(string name)
    {
        if (_names.Remove(name)) _unflushed.Add(new(name, null, null));
    }

    public void SyncDirectory()
    {
        _durable.Clear();
        foreach (var (name, file) in _names) _durable[name] = file;
        _unflushed.Clear();
    }

    /// <summary>The current is gone.</summary>
    public void PowerCut(SeededRandom chance)
    {
        foreach (var (name, file, gone) in _unflushed)
        {
            if (chance.Chance(0.4)) continue;
            if (gone is not null && _durable.TryGetValue(gone, out var at) && at == file) _durable.Remove(gone);
            if (file is null) _durable.Remove(name);
            else _durable[name] = file;
        }
        _unflushed.Clear();
        _names.Clear();
        foreach (var (name, file) in _durable.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            if (!ReferenceEquals(file.Content, file.Durable))
                file.Content = chance.Below(3) switch { 0 => file.Durable, 1 => file.Content, _ => Torn(file, chance) };
            file.Durable = file.Content;
            _names[name] = file;
        }
    }

    /// <summary>The beginning is of the new content, the rest of the old one, or nothing.</summary>
    private static byte[] Torn(Inode file, SeededRandom chance)
    {
        var cut = chance.Below(file.Content.Length + 1);
        return cut < file.Durable.Length && chance.Chance(0.7) ? [.. file.Content.AsSpan(0, cut), .. file.Durable.AsSpan(cut)] : file.Content[..cut];
    }

    /// <summary>The same files, to be changed apart.</summary>
    public CibDisk Fork()
    {
        var (fork, copies) = (new CibDisk(), new Dictionary<Inode, Inode>());
        foreach (var (name, file) in _names)
        {
            if (!copies.TryGetValue(file, out var copy)) copies[file] = copy = new() { Content = file.Content };
            fork._names[name] = copy;
        }
        return fork;
    }
}

/// <summary>The directory as one process writes it: whoever calls goes on at once, and what it did reaches the kernel step by step, in its order and in its time.</summary>
/// <param name="disk">As it is when the process begins.</param>
internal sealed class CibView(CibDisk disk) : ICibDirectory
{
    private readonly CibDisk _seen = disk.Fork();

    /// <summary>What is still to be done to the disk.</summary>
    public Queue<(Action<CibDisk> Do, bool Flushes)> Steps { get; } = [];

    /// <summary>Something that is no step of the disk happens when all before it is done.</summary>
    public void Then(Action happen) => Steps.Enqueue((_ => happen(), false));

    public byte[]? Read(string name) => _seen.Read(name);

    public FileStamp? Stamp(string name) => _seen.Stamp(name);

    public void Write(string name, byte[] content) => Step(d => d.Write(name, content));

    public void Sync(string name) => Step(d => d.Sync(name), flushes: true);

    /// <summary>In place: what is longer keeps its end.</summary>
    public void Overwrite(string name, ReadOnlySpan<byte> content)
    {
        var before = _seen.Read(name) ?? [];
        byte[] whole = content.Length < before.Length ? [.. content, .. before.AsSpan(content.Length)] : content.ToArray();
        Step(d => d.Write(name, whole));
        Step(d => d.Sync(name), flushes: true);
    }

    public void Rename(string from, string to) => Step(d => d.Rename(from, to));

    public void Link(string from, string to)
    {
        if (_seen.Read(to) is not null) throw new IOException($"{to}: File exists");
        Step(d => d.Link(from, to));
    }

    public void Delete(string name) => Step(d => d.Delete(name));

    public void SyncDirectory() => Step(d => d.SyncDirectory(), flushes: true);

    public List<string> List() => [.. _seen.Names];

    private void Step(Action<CibDisk> step, bool flushes = false)
    {
        step(_seen);
        Steps.Enqueue((step, flushes));
    }
}
