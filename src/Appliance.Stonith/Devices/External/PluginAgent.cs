using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.External;

/// <summary>How a plugin of cluster-glue is reached.</summary>
public enum PluginKind
{
    /// <summary>A program of its own below <c>plugins/external</c>, run directly: <c>reset HOST</c>.</summary>
    Executable,
    /// <summary>A library that only the <c>stonith</c> program can load: <c>stonith -t TYPE -E -T reset HOST</c>.</summary>
    Library,
}

/// <summary>A plugin of cluster-glue as a device type, named as in ha.cf: <c>external/ssh</c>, <c>null</c>.</summary>
/// <param name="path">The plugin, or the <c>stonith</c> program for a library.</param>
/// <param name="names">Its parameters in the order it gives them.</param>
/// <param name="metadata">What it says of itself; <c>null</c> when it says nothing that can be read.</param>
public sealed class PluginAgent(string name, PluginKind kind, string path, ImmutableArray<string> names, AgentMetadata? metadata) : DeviceType
{
    /// <summary>More than any plugin has.</summary>
    private const int MostParameters = 200;

    public string Path => path;
    public PluginKind Kind => kind;
    public override string Name => name;
    public override string Short => metadata is { Short.Length: > 0 } ? metadata.Short : $"cluster-glue's plugin {name}";
    public override string Long => $"{metadata?.Long} What it switches rests on the plugin's word: no plugin can be asked whether a machine is off.".Trim();

    public override ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames { get; } = ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty;

    /// <remarks><c>plug</c> is ours: the host, which cluster-glue gives as an argument.</remarks>
    public override ImmutableArray<DeviceParameter> Parameters { get; } =
    [
        StandardParameters.Plug with { Short = "Host to switch; several, separated by commas", OldNames = [] },
        // Some describe a parameter that they do not list (external/ssh: livedangerously).
        .. names.AddRange(metadata is null ? [] : metadata.Parameters.Select(p => p.Name)).Where(n => n != "plug" && IsName(n)).Distinct().Take(MostParameters).Select(n => Declared(n, metadata)),
    ];

    /// <remarks>A plugin's <c>status</c> tells of the device and not of a host: that is <see cref="FenceAction.Monitor"/>.</remarks>
    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Off, FenceAction.On, FenceAction.Reboot, FenceAction.List, FenceAction.Monitor];

    public override Conversation Converse(DeviceOrder order) => new PluginConversation(this, order);

    /// <summary>The words of <c>getconfignames</c> or of <c>stonith -n</c>.</summary>
    public static ImmutableArray<string> Names(string output) => [.. output.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>What can be a shell's variable, and is none that changes how programs are run.</summary>
    private static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
        && name is not ("PATH" or "IFS" or "ENV" or "BASH_ENV") && !name.StartsWith("LD_", StringComparison.Ordinal);

    private static DeviceParameter Declared(string name, AgentMetadata? metadata)
    {
        var said = metadata?.Parameters.FirstOrDefault(p => p.Name == name);
        // Everything is text: a plugin judges its own values, and many declare a type that they do not mean.
        return new(name, ParameterKind.Text, said?.Short ?? "") { Default = said?.Default, IsSecret = (said?.IsSecret ?? false) || AgentMetadata.LooksSecret(name) };
    }
}
