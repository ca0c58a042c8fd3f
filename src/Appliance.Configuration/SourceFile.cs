using System.Text;

namespace Appliance.Configuration;

/// <summary>One file of the administrator's, as it was read.</summary>
/// <param name="Path">As the administrator knows it.</param>
/// <param name="Content">Its bytes; <c>null</c> when there is no such file or it cannot be read.</param>
/// <param name="Mode">Permission bits of the very file that was read, as in 0600.</param>
public sealed record SourceFile(string Path, byte[]? Content, int Mode = 0x180)
{
    /// <summary>No file of an administrator's is longer; what is would only fill the memory, and is an error.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>A file of that text, with mode 0600.</summary>
    public static SourceFile Of(string path, string text, int mode = 0x180) => new(path, Encoding.UTF8.GetBytes(text), mode);

    public bool IsReadableByOthers => (Mode & 0x24) != 0;

    /// <summary>The path as 3.0.6 prints it: it joins directory and name with two slashes, and logs are searched for that.</summary>
    public string PathAsPrinted => Path.LastIndexOf('/') is var slash and >= 0 ? Path.Insert(slash, "/") : Path;

    /// <summary>False: every byte is taken as a character, so that nothing is lost.</summary>
    internal bool IsUtf8 => System.Text.Unicode.Utf8.IsValid(Content ?? []);

    /// <summary>Contents can be secret: only the name is shown.</summary>
    public override string ToString() => Path;
}

/// <summary>The three files of a configuration, and the optional fourth that names the node.</summary>
/// <param name="NodeInfo"><c>nodeinfo</c>: its first word is this node's name instead of <c>uname -n</c>.</param>
public sealed record ConfigurationFiles(SourceFile HaCf, SourceFile AuthKeys, SourceFile Haresources, SourceFile? NodeInfo = null);
