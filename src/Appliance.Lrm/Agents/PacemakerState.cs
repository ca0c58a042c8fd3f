namespace Appliance.Lrm.Agents;

/// <summary>Where pacemaker-resource-agents 2.1 keep the state of a resource: below HA_VARRUN.</summary>
/// <remarks>The same place as theirs, so that a resource that one of them started is found by ours, and the other way round.</remarks>
internal static class PacemakerState
{
    /// <summary>ocf-directories of resource-agents 4.12.</summary>
    private const string VarRun = "/var/run";

    /// <summary><c>/var/run/NAME</c></summary>
    public static string File(IReadOnlyDictionary<string, string> environment, string name)
    {
        var directory = environment.GetValueOrDefault("HA_VARRUN") is { Length: > 0 } given ? given : VarRun;
        return $"{directory.TrimEnd('/')}/{name}";
    }

    /// <summary>The resource's name as the environment has it; ocf-shellfuncs' word for it when nobody has said it yet.</summary>
    public static string Instance(IReadOnlyDictionary<string, string> environment) => environment.GetValueOrDefault("OCF_RESOURCE_INSTANCE") is { Length: > 0 } instance ? instance : "RESOURCE_ID";

    /// <summary>Instances of an anonymous clone are the same to a node: without the number that tells them apart.</summary>
    public static string Common(AgentCall call)
    {
        var instance = call.Instance;
        if (call.Meta("globally_unique") is not ("" or "false")) return instance;
        var colon = instance.LastIndexOf(':');
        return colon > 0 && colon < instance.Length - 1 && AreDigits(instance.AsSpan(colon + 1)) ? instance[..colon] : instance;
    }

    private static bool AreDigits(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange('0', '9') < 0;
}
