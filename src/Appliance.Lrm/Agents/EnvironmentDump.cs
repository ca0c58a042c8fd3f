using System.Globalization;

namespace Appliance.Lrm.Agents;

/// <summary>What <c>envfile</c> asks for: the environment of every call, appended to a file, for whoever wants to see what the cluster hands over.</summary>
internal static class EnvironmentDump
{
    public static void Append(AgentCall call)
    {
        var file = call.Parameters["envfile"];
        if (file.Length == 0) return;
        var lines = new List<string>();
        foreach (var (name, value) in call.Environment) lines.Add($"{name}={value}");
        lines.Sort(StringComparer.Ordinal);
        var now = DateTimeOffset.Now.ToString("ddd MMM d HH:mm:ss zzz yyyy", CultureInfo.InvariantCulture);
        File.AppendAllText(file, $"### {call.Action} @ {now} ###\n{string.Join('\n', lines)}\n###\n");
    }
}
