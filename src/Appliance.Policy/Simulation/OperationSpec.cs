using System.Diagnostics.CodeAnalysis;
using Appliance.Policy.Model;

namespace Appliance.Policy.Simulation;

/// <summary>An operation and its result as a command line names them: RESOURCE_TASK_INTERVAL@NODE=RC.</summary>
public sealed class OperationSpec(string resource, string task, long intervalMs, string node, int code)
{
    public string Resource => resource;
    public string Task => task;
    public long IntervalMs => intervalMs;
    public string Node => node;
    public int Code => code;

    /// <summary>Reads one; <paramref name="fields"/> is how many of the three parts (key, node, result) were found, <paramref name="spec"/> has no resource where the key is none.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out OperationSpec? spec, out int fields)
    {
        spec = null;
        fields = 0;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var key = at < 0 ? text : text[..at];
        if (key.Length == 0) return false;
        fields = 1;
        if (at < 0) return false;
        var rest = text[(at + 1)..];
        var equals = rest.IndexOf('=', StringComparison.Ordinal);
        var node = equals < 0 ? rest : rest[..equals];
        if (node.Length == 0) return false;
        fields = 2;
        if (equals < 0 || !TryCode(rest[(equals + 1)..], out var code)) return false;
        fields = 3;
        spec = Naming.TryParseKey(key, out var resource, out var task, out var interval) ? new(resource, task, interval, node, code) : new("", "", 0, node, code);
        return true;
    }

    /// <summary>A number at the beginning, as scanf reads one.</summary>
    internal static bool TryCode(string text, out int code)
    {
        code = 0;
        if (Texts.Integer(text) is not { } number || number is < int.MinValue or > int.MaxValue) return false;
        code = (int)number;
        return true;
    }
}
