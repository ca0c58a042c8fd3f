using System.Globalization;

namespace Appliance.Lrm.Agents;

/// <summary>Checked values of one call's parameters.</summary>
public sealed class AgentParameters
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private AgentParameters() { }

    /// <summary>Takes what was given, fills in defaults, and checks every value against its declaration.</summary>
    /// <exception cref="AgentException">Some values are wrong or missing: all of them are named.</exception>
    public static AgentParameters Read(AgentDescription description, IReadOnlyDictionary<string, string> given)
    {
        var parameters = ReadToLook(description, given);
        return parameters.Problems.Count == 0 ? parameters : throw new AgentException(OcfCode.Configured, string.Join("; ", parameters.Problems));
    }

    /// <summary>The same for a stop or a look: a value that is not of its kind counts as its default, one that is missing is empty, and <see cref="Problems"/> names them.</summary>
    public static AgentParameters ReadToLook(AgentDescription description, IReadOnlyDictionary<string, string> given)
    {
        var parameters = new AgentParameters();
        var problems = new List<string>();
        foreach (var parameter in description.Parameters)
        {
            var value = Given(parameter, given);
            if (value.Length == 0)
            {
                value = parameter.Default;
                if (parameter.Required) problems.Add($"parameter {parameter.Name} ({parameter.Short}) is missing");
            }
            else if (Problem(parameter, value) is { } problem)
            {
                problems.Add($"{parameter.Name}={value}: {problem}");
                value = parameter.Default;
            }
            parameters._values[parameter.Name] = value;
        }
        parameters.Problems = problems;
        return parameters;
    }

    /// <summary>What is wrong or missing; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems { get; private set; } = [];

    /// <summary>A declared parameter's value; empty when neither given nor defaulted.</summary>
    public string this[string name] => _values[name];

    public bool Has(string name) => _values[name].Length > 0;

    public bool Boolean(string name) => IsTrue(_values[name]);

    public int Integer(string name) => int.Parse(_values[name], NumberStyles.None, CultureInfo.InvariantCulture);

    public TimeSpan Seconds(string name) => TimeSpan.FromSeconds(double.Parse(_values[name], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture));

    /// <summary>ocf_is_true of resource-agents.</summary>
    internal static bool IsTrue(string text) => text.ToLowerInvariant() is "yes" or "true" or "1" or "ja" or "on";

    private static string Given(AgentParameter parameter, IReadOnlyDictionary<string, string> given)
    {
        if (given.TryGetValue(parameter.Name, out var value) && value.Length > 0) return value.Trim();
        foreach (var alias in parameter.Aliases)
            if (given.TryGetValue(alias, out value) && value.Length > 0) return value.Trim();
        return "";
    }

    private static string? Problem(AgentParameter parameter, string value)
    {
        if (!parameter.Allowed.IsEmpty && !parameter.Allowed.Contains(value)) return $"must be one of {string.Join(", ", parameter.Allowed)}";
        return parameter.Kind switch
        {
            ParameterKind.Number when !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < parameter.Minimum =>
                $"must be a whole number, at least {parameter.Minimum}",
            ParameterKind.YesNo when !IsTrue(value) && value.ToLowerInvariant() is not ("no" or "false" or "0" or "off") => "must be yes or no",
            ParameterKind.Seconds when !double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || seconds > 86400 =>
                "must be a number of seconds",
            _ => null,
        };
    }
}
