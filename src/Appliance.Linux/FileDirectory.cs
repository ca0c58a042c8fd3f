using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>One directory, and the calls by which files in it are replaced so that a power cut leaves something whole. Names are without slashes.</summary>
/// <remarks>Nothing here is durable by itself: <see cref="Sync"/> is for a file's content, <see cref="SyncDirectory"/> for what the files are called. Errors are <see cref="IOException"/>s.</remarks>
public sealed partial class FileDirectory(string path, int mode = 0x180 /* 0600 */)
{
    private const int O_WRONLY = 1, O_CREAT = 0x40, O_TRUNC = 0x200, O_NOFOLLOW = 0x20000;

    public string Path { get; } = path;

    /// <summary>Whose the files are that are written here, and the directory if it is made; null: this process's.</summary>
    public (uint Uid, uint Gid)? Owner { get; init; }

    /// <summary>Makes the directory, and those above it, if it is not there.</summary>
    public void Make(int directoryMode)
    {
        if (Directory.Exists(Path)) return;
        try
        {
            if (System.IO.Path.GetDirectoryName(Path) is { } above) Directory.CreateDirectory(above);
            Directory.CreateDirectory(Path, (UnixFileMode)directoryMode);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
        if (Owner is var (uid, gid)) LinuxException.Check(ChownRaw(Path, uid, gid), "chown", Path);
    }

    /// <summary>A file's content; null when there is none of that name.</summary>
    public byte[]? Read(string name)
    {
        try
        {
            return File.ReadAllBytes(Of(name));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>How a file looks from outside; null when there is none of that name.</summary>
    public FileStamp? Stamp(string name) => FileStatus.Stamp(Of(name));

    /// <summary>Creates a file, or empties it, and writes it.</summary>
    public void Write(string name, ReadOnlySpan<byte> content)
    {
        using var file = Descriptor.OpenWith(Of(name), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
        if (Owner is var (uid, gid)) LinuxException.Check(ChownRaw(file, uid, gid), "fchown", Of(name));
        file.WriteAll(content, Of(name));
    }

    /// <summary>Writes over a file's beginning and leaves the rest, or creates it; returns when the content is on the disk. After a crash it may be half old and half new.</summary>
    public void Overwrite(string name, ReadOnlySpan<byte> content)
    {
        using var file = Descriptor.OpenWith(Of(name), O_WRONLY | O_CREAT | O_NOFOLLOW, mode);
        if (Owner is var (uid, gid)) LinuxException.Check(ChownRaw(file, uid, gid), "fchown", Of(name));
        file.WriteAll(content, Of(name));
        LinuxException.Check(SyncDataRaw(file), "fdatasync", Of(name));
    }

    /// <summary>Returns when the file's content is on the disk.</summary>
    public void Sync(string name)
    {
        using var file = Descriptor.OpenForReading(Of(name));
        file.Sync(Of(name));
    }

    /// <summary>Gives a file another name; one that has it is gone.</summary>
    public void Rename(string from, string to) => LinuxException.Check(RenameRaw(Of(from), Of(to)), "rename", Of(to));

    /// <summary>Gives a file a second name, which nothing may have yet.</summary>
    public void Link(string from, string to) => LinuxException.Check(LinkRaw(Of(from), Of(to)), "link", Of(to));

    /// <summary>Takes a name away; one that is not there is no error.</summary>
    public void Delete(string name)
    {
        try
        {
            File.Delete(Of(name));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Returns when all names are on the disk as they are now.</summary>
    public void SyncDirectory()
    {
        using var held = Descriptor.OpenForReading(Path);
        held.Sync(Path);
    }

    /// <summary>The names of all files, sorted.</summary>
    public List<string> List()
    {
        var names = new List<string>();
        try
        {
            foreach (var file in Directory.EnumerateFiles(Path)) names.Add(System.IO.Path.GetFileName(file));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private string Of(string name) => System.IO.Path.Combine(Path, name);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int SyncDataRaw(Descriptor file);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameRaw(string from, string to);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChownRaw(string path, uint uid, uint gid);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChownRaw(Descriptor file, uint uid, uint gid);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkRaw(string from, string to);
}
