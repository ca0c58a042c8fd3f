using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.External;

/// <summary>What a program said when it failed, in a form that may be shown.</summary>
internal static class Complaint
{
    private const int MostCharacters = 300;

    /// <summary>The last line of its errors; values of secret parameters that it repeats are taken out, the longest first.</summary>
    public static string Of(RunProgram call, ImmutableArray<DeviceParameter> known, DeviceParameters given)
    {
        var line = call.Errors.Split('\n').LastOrDefault(l => l.AsSpan().Trim().Length > 0) ?? "it does not say why";
        var secrets = new List<string>();
        foreach (var parameter in known)
            if (parameter.IsSecret) secrets.Add(given[parameter.Name]);
        foreach (var (name, value) in given.Others)
            if (AgentMetadata.LooksSecret(name)) secrets.Add(value);
        foreach (var secret in secrets.Where(v => v.Length > 0).OrderByDescending(v => v.Length)) line = line.Replace(secret, "***", StringComparison.Ordinal);
        line = new string(Array.ConvertAll(line.Trim().ToCharArray(), c => char.IsControl(c) ? ' ' : c));
        return line.Length > MostCharacters ? line[..MostCharacters] : line;
    }
}
