using System.Text;
using Appliance.Configuration;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using Appliance.Pulse;

namespace Appliance;

/// <summary>The administrator's files in their places, read with this machine's facts.</summary>
/// <param name="directory">Where they lie: <c>/etc/ha.d</c>.</param>
internal sealed class AdministratorFiles(IConfigurationFacts facts, string directory = "/etc/ha.d") : IConfigurationFiles
{
    /// <summary>All files as they are now.</summary>
    public ConfigurationFiles All() => new(Read("ha.cf"), Read("authkeys"), Read("haresources"), File.Exists(At("nodeinfo")) ? Read("nodeinfo") : null);

    /// <inheritdoc/>
    public StartConfiguration Read()
    {
        var files = All();
        var result = ConfigurationReader.Read(files, facts);
        return new(result.Configuration?.HaCf, result.Configuration?.AuthKeys, files.HaCf.Content ?? [], result.Diagnostics);
    }

    /// <inheritdoc/>
    public (AuthKeys? Keys, string Problem) ReadKeys()
    {
        var read = ConfigurationReader.ReadAuthKeys(Read("authkeys"));
        return (read.Value, string.Join("; ", read.Diagnostics.Where(d => d.Severity == Severity.Error)));
    }

    /// <summary>ha.cf from a text that was checked before.</summary>
    public (HaCf? HaCf, IReadOnlyList<Diagnostic> Problems) ParseHaCf(string text)
    {
        var mode = File.Exists(At("ha.cf")) ? (int)File.GetUnixFileMode(At("ha.cf")) : 0x180;
        var read = ConfigurationReader.ReadHaCf(new(At("ha.cf"), Encoding.UTF8.GetBytes(text), mode), File.Exists(At("nodeinfo")) ? Read("nodeinfo") : null, facts);
        return (read.Value, read.Diagnostics);
    }

    /// <summary>The text of authkeys, to see whether it changed, and what is wrong with it.</summary>
    public (string? Text, IReadOnlyList<Diagnostic> Problems) ReadKeysText()
    {
        var source = Read("authkeys");
        var read = ConfigurationReader.ReadAuthKeys(source);
        return (source.Content is null ? null : Encoding.Latin1.GetString(source.Content), [.. read.Diagnostics.Where(d => d.Severity == Severity.Error)]);
    }

    /// <summary>haresources from its text.</summary>
    public ReadResult<Configuration.Haresources> ParseGroups(HaCf haCf, string text) => ConfigurationReader.ReadHaresources(SourceFile.Of(At("haresources"), text), haCf.Nodes, facts);

    private string At(string name) => Path.Combine(directory, name);

    private SourceFile Read(string name) => Source(At(name));

    /// <summary>A file with its permissions, both from one open descriptor. What cannot be read has no content.</summary>
    public static SourceFile Source(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var mode = (int)File.GetUnixFileMode(file.SafeFileHandle);
            var content = new byte[file.Length];
            return new(path, content[..file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)], mode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(path, null);     // the reader says in 3.0.6's words that it cannot be opened
        }
    }
}
