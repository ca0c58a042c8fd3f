using Appliance.Linux;

namespace Appliance.Crm;

/// <summary>The directory the CIB is in: the calls of <see cref="FileDirectory"/>, so that tests can end the machine between any two of them.</summary>
internal interface ICibDirectory
{
    byte[]? Read(string name);

    /// <summary>How a file looks from outside; null when there is none of that name.</summary>
    FileStamp? Stamp(string name);
    void Write(string name, byte[] content);
    void Sync(string name);
    void Overwrite(string name, ReadOnlySpan<byte> content);
    void Rename(string from, string to);
    void Link(string from, string to);
    void Delete(string name);
    void SyncDirectory();
    List<string> List();
}

/// <summary>A directory of this machine.</summary>
internal sealed class CibDirectory(FileDirectory directory) : ICibDirectory
{
    private readonly FileDirectory _directory = directory;

    public byte[]? Read(string name) => _directory.Read(name);
    public FileStamp? Stamp(string name) => _directory.Stamp(name);
    public void Write(string name, byte[] content) => _directory.Write(name, content);
    public void Sync(string name) => _directory.Sync(name);
    public void Overwrite(string name, ReadOnlySpan<byte> content) => _directory.Overwrite(name, content);
    public void Rename(string from, string to) => _directory.Rename(from, to);
    public void Link(string from, string to) => _directory.Link(from, to);
    public void Delete(string name) => _directory.Delete(name);
    public void SyncDirectory() => _directory.SyncDirectory();
    public List<string> List() => _directory.List();
}
