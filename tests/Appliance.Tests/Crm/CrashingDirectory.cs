using Appliance.Crm;
using Appliance.Linux;

namespace Appliance.Tests.Crm;

/// <summary>A directory in memory that knows what is on its disk: a machine that ends may lose every content and every name that was not flushed, or part of it.</summary>
/// <remarks>A rename is one step and never half done; a content that was not flushed may be missing, cut off, or whole; names that were not flushed may have arrived or not, each for itself.</remarks>
internal sealed class CrashingDirectory : ICibDirectory
{
    private sealed class File
    {
        private static int s_made;

        private readonly int _inode = ++s_made;
        private int _changes;

        public byte[] Content { get; private set; } = [];
        public byte[] OnDisk { get; set; } = [];

        public FileStamp Stamp => new((ulong)_inode, (ulong)Content.Length, _changes);

        /// <summary>In the place of what is there, or over its beginning: then a machine that ends may leave any part of it old and any part new.</summary>
        public void Write(byte[] content, bool over)
        {
            (Content, Over) = (content, over && (Over || Content == OnDisk));
            _changes++;
        }

        public bool Over { get; private set; }
    }

    private abstract record NameStep(string Name)
    {
        public sealed record Set(string Name, File File) : NameStep(Name);
        public sealed record Gone(string Name) : NameStep(Name);

        /// <summary>Both at once.</summary>
        public sealed record Moved(string From, string Name, File File) : NameStep(Name);
    }

    private readonly Dictionary<string, File> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, File> _namesOnDisk = new(StringComparer.Ordinal);
    private readonly List<NameStep> _unflushed = [];

    /// <summary>Steps until the machine ends; null: it does not.</summary>
    public int? EndsAfter { get; set; }

    public int Steps { get; private set; }

    public sealed class Ended : IOException;

    /// <summary>The directory as the next boot finds it.</summary>
    /// <param name="choose">Decides for each thing that was not flushed: 0 it is lost, 1 it is there in part, 2 it is there.</param>
    public CrashingDirectory AfterCrash(Func<int> choose)
    {
        var next = new CrashingDirectory();
        var names = new Dictionary<string, File>(_namesOnDisk, StringComparer.Ordinal);
        foreach (var step in _unflushed)
        {
            if (choose() == 0) continue;
            switch (step)
            {
                case NameStep.Set set: names[set.Name] = set.File; break;
                case NameStep.Gone: names.Remove(step.Name); break;
                case NameStep.Moved moved:
                    if (names.TryGetValue(moved.From, out var at) && at == moved.File) names.Remove(moved.From);
                    names[moved.Name] = moved.File;
                    break;
            }
        }
        var copies = new Dictionary<File, File>();
        foreach (var (name, file) in names)
        {
            if (!copies.TryGetValue(file, out var copy))
            {
                var content = file.Content.AsSpan().SequenceEqual(file.OnDisk) ? file.Content : choose() switch { 0 => file.OnDisk, 1 => file.Over ? Torn(file, choose) : file.Content[..(file.Content.Length / 2)], _ => file.Content };
                copies[file] = copy = new() { OnDisk = content };
                copy.Write(content, over: false);
            }
            next._names[name] = next._namesOnDisk[name] = copy;
        }
        return next;
    }

    /// <summary>Sector by sector the old or the new one; what the file has grown by may be empty.</summary>
    private static byte[] Torn(File file, Func<int> choose)
    {
        const int sector = 64;      // documents of tests are small
        var torn = file.Content.ToArray();
        for (var at = 0; at < torn.Length; at += sector)
        {
            if (choose() > 0) continue;
            var part = torn.AsSpan(at, Math.Min(sector, torn.Length - at));
            part.Clear();
            if (at < file.OnDisk.Length) file.OnDisk.AsSpan(at, Math.Min(part.Length, file.OnDisk.Length - at)).CopyTo(part);
        }
        return torn;
    }

    public FileStamp? Stamp(string name) => _names.TryGetValue(name, out var file) ? file.Stamp : null;

    public byte[]? Read(string name) => _names.TryGetValue(name, out var file) ? file.Content : null;

    public void Write(string name, byte[] content) => Write(name, content, over: false);

    private void Write(string name, byte[] content, bool over)
    {
        Step();
        if (!_names.TryGetValue(name, out var file))
        {
            _names[name] = file = new();
            _unflushed.Add(new NameStep.Set(name, file));
        }
        file.Write(content, over);
    }

    public void Sync(string name)
    {
        Step();
        _names[name].OnDisk = _names[name].Content;
    }

    public void Overwrite(string name, ReadOnlySpan<byte> content)
    {
        var before = Read(name) ?? [];
        Write(name, content.Length < before.Length ? [.. content, .. before.AsSpan(content.Length)] : content.ToArray(), over: true);
        Sync(name);
    }

    public void Rename(string from, string to)
    {
        Step();
        var file = _names[from];
        _names.Remove(from);
        _names[to] = file;
        _unflushed.Add(new NameStep.Moved(from, to, file));
    }

    public void Link(string from, string to)
    {
        Step();
        if (_names.ContainsKey(to)) throw new IOException($"{to}: File exists");
        _names[to] = _names[from];
        _unflushed.Add(new NameStep.Set(to, _names[from]));
    }

    public void Delete(string name)
    {
        Step();
        if (_names.Remove(name)) _unflushed.Add(new NameStep.Gone(name));
    }

    public void SyncDirectory()
    {
        Step();
        _namesOnDisk.Clear();
        foreach (var (name, file) in _names) _namesOnDisk[name] = file;
        _unflushed.Clear();
    }

    public List<string> List() => [.. _names.Keys.Order(StringComparer.Ordinal)];

    private void Step()
    {
        if (EndsAfter is { } end && Steps >= end) throw new Ended();
        Steps++;
    }
}
