using Appliance.Core.Diagnostics;

namespace Appliance.Configuration;

/// <summary>Reads the administrator's files as heartbeat 3.0.6 does, and says everything that is wrong with them at once.</summary>
/// <remarks>
/// Pure: files come in as bytes, the machine as <see cref="IConfigurationFacts"/>. Any bytes give a result, never an exception.
/// An error is what 3.0.6 refuses to start with (and a secret that others can read); a warning is what it warns of, or does and nobody expects.
/// </remarks>
public static class ConfigurationReader
{
    /// <summary>All files together.</summary>
    public static ConfigurationResult Read(ConfigurationFiles files, IConfigurationFacts facts)
    {
        var haCf = HaCfReader.Read(files.HaCf, files.NodeInfo, facts, out var nodes);
        var keys = AuthKeysReader.Read(files.AuthKeys);
        // With a CRM it is what the first CIB is made of, and need not be there.
        var source = haCf.Value is { Crm: true } && files.Haresources.Content is null ? SourceFile.Of(files.Haresources.Path, "") : files.Haresources;
        var haresources = HaresourcesReader.Read(source, nodes, facts);
        var configuration = haCf.Value is null || keys.Value is null || haresources.Value is null
            ? null : new ClusterConfiguration(haCf.Value, keys.Value, haresources.Value.Groups);
        return new(configuration, [.. haCf.Diagnostics, .. keys.Diagnostics, .. haresources.Diagnostics]);
    }

    /// <summary>ha.cf alone, as the control process reads it again.</summary>
    public static ReadResult<HaCf> ReadHaCf(SourceFile file, SourceFile? nodeInfo, IConfigurationFacts facts) => HaCfReader.Read(file, nodeInfo, facts, out _);

    /// <summary>authkeys alone, as a reload does.</summary>
    public static ReadResult<AuthKeys> ReadAuthKeys(SourceFile file) => AuthKeysReader.Read(file);

    /// <summary>haresources alone, as every action does.</summary>
    /// <param name="nodes">The nodes of ha.cf, lower case; none: the names are not checked.</param>
    public static ReadResult<Haresources> ReadHaresources(SourceFile file, IReadOnlyCollection<string> nodes, IConfigurationFacts facts) =>
        HaresourcesReader.Read(file, nodes, facts);
}
