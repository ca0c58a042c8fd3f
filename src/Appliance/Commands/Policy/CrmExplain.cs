using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Appliance.Cib;
using Appliance.Commands.Crm;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Policy.Explain;

namespace Appliance.Commands.Policy;

/// <summary>
/// <c>crm_explain RESOURCE [NODE]</c>: why a resource is where the policy engine puts it, why not on NODE, and which single change would bring it there. Every number is one the
/// engine really used, every proposal was tried on a copy.
/// </summary>
internal sealed class CrmExplain(TextReader input, TextWriter output, TextWriter errors, long clock)
{
    private const int Usage = 64, DataError = 65, NoInput = 66, Invalid = 78, NoSuchObject = 105;

    public static int Applet(string[] args) => Of(CrmWorld.Real()).Run(args);

    /// <summary>As a tool of these surroundings: where no file is given, their CIB is meant.</summary>
    public static CrmExplain Of(CrmWorld world) => new(world.Input, world.Output, world.Errors, world.Now()) { Live = () => CibAccess.Document(world with { Program = "crm_explain" }) };

    /// <summary>The running cluster's document; <c>null</c>: there is none.</summary>
    public Func<CibElement?> Live { get; init; } = static () => null;

    public int Run(string[] args)
    {
        string? file = null, instant = null, resource = null, node = null;
        var json = false;
        for (var i = 0; i < args.Length; i++)
        {
            var arg = args[i];
            var cut = arg.StartsWith("--", StringComparison.Ordinal) ? arg.IndexOf('=', StringComparison.Ordinal) : -1;
            var name = cut < 0 ? arg : arg[..cut];
            switch (name)
            {
                case "-?" or "-h" or "--help": output.Write(Help); return 0;
                case "-$" or "--version": output.Write(CrmText.Version("crm_explain")); return 0;
                case "--json": json = true; break;
                case "-p" or "--xml-pipe": file = "-"; break;
                case "-x" or "--xml-file" or "-t" or "--set-datetime" or "-r" or "--resource" or "-N" or "--node":
                    var value = cut >= 0 ? arg[(cut + 1)..] : ++i < args.Length ? args[i] : null;
                    if (value is null) return Say($"Missing argument for {name}", Usage);
                    if (name is "-x" or "--xml-file") file = value;
                    else if (name is "-r" or "--resource") resource = value;
                    else if (name is "-N" or "--node") node = value;
                    else instant = value;
                    break;
                default:
                    if (arg.StartsWith('-')) return Say($"Unknown option {arg}", Usage);
                    if (resource is null) resource = arg;
                    else if (node is null) node = arg;
                    else return Say("one resource and one node at most", Usage);
                    break;
            }
        }
        if (resource is null) return Say("name a resource (crm_explain RESOURCE [NODE] -x FILE)", Usage);
        if (file is null) return Live() is { } live ? Explain(live, "cib", instant, resource, node, json) : Say("no cluster with a CIB runs here: name the CIB with -x FILE", NoInput);
        string text;
        try
        {
            text = file == "-" ? input.ReadToEnd() : File.ReadAllText(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Say(problem.Message, NoInput);
        }
        if (CibElement.TryParse(text, file, out var cib, out var fault)) return Explain(cib!, file, instant, resource, node, json);
        errors.Write(fault + "\n");
        return DataError;
    }

    private int Explain(CibElement cib, string file, string? instant, string resource, string? node, bool json)
    {
        if (cib.Name != "cib") return Say($"{file} holds <{cib.Name}> and not a CIB", Invalid);
        var now = clock;
        int? offset = null;
        if (instant is not null)
        {
            if (!Iso8601.TryDate(instant, CibTime.FromEpoch(clock, LocalTime.Offset(clock)), out var given, out var problem)) return Say($"{instant} is no instant: {problem}", Usage);
            (now, offset) = (given.Epoch, given.Offset);
        }
        else if (long.TryParse(cib["execution-date"], NumberStyles.None, CultureInfo.InvariantCulture, out var original)) now = original;
        return Explain(new Explainer(cib, now, PosixPattern.Of, offset ?? LocalTime.Offset(now)), resource, node, json);
    }

    private int Explain(Explainer explainer, string resource, string? node, bool json)
    {
        if (node is not null && !explainer.Nodes.Exists(n => n.Equals(node, StringComparison.OrdinalIgnoreCase))) return Unknown("node", node, explainer.Nodes);
        var found = explainer.Explain(resource, node);
        if (found.Count == 0) return Unknown("resource", resource, explainer.Resources);
        if (json)
        {
            output.Write(JsonSerializer.Serialize(new ExplainView([.. found]), ExplainJson.Default.ExplainView) + "\n");
            return 0;
        }
        for (var i = 0; i < found.Count; i++)
        {
            if (i > 0) output.Write("\n");
            Write(found[i]);
        }
        return 0;
    }

    private int Unknown(string what, string name, List<string> known) =>
        Say($"there is no {what} {name}" + (Nearest.Of(name, known) is { } near ? $" (did you mean {near}?)" : ""), NoSuchObject);

    private void Write(Explanation about)
    {
        var now = about.Active.Length == 0 ? "not active" : $"{about.Role} on {string.Join(", ", about.Active)}";
        output.Write($"{about.Resource}: {now} -> {(about.Node is null ? about.NextRole is "Unknown" or "Started" ? "Stopped" : about.NextRole : $"{(about.NextRole == "Unknown" ? "Started" : about.NextRole)} on {about.Node}")}\n");
        output.Write($"  {about.Why}\n");
        foreach (var node in about.Nodes)
        {
            output.Write($"  {node.Node}: {node.Score}, {node.Verdict}\n");
            foreach (var step in node.Steps) output.Write($"    {step.Change,9}  {step.Text}\n");
        }
        if (about.Asked is null) return;
        if (about.Asked == about.Node) output.Write($"  It is on {about.Asked} already.\n");
        else if (about.Remedies.Length == 0) output.Write($"  No change that was tried would bring it to {about.Asked}.\n");
        else
        {
            output.Write($"  It would be on {about.Asked}:\n");
            foreach (var remedy in about.Remedies) output.Write($"    - {remedy}\n");
        }
    }

    private int Say(string text, int status)
    {
        errors.Write($"crm_explain: {text}\n");
        return status;
    }

    private const string Help = """
        crm_explain - why a resource is where it is, and what would change that

        Usage: crm_explain RESOURCE [NODE] [OPTIONS]

          RESOURCE, -r RESOURCE      A resource; of a group or clone, each member or instance is explained
          NODE, -N NODE              Say as well what would bring it to this node
          -x, --xml-file=FILE        The CIB, with its status section (without: the cluster's)
          -p, --xml-pipe             The CIB comes from standard input
          -t, --set-datetime=TIME    Pretend that it is this time (ISO 8601)
              --json                 One line of JSON
          -$, --version   -?, --help

        """;
}

/// <summary><c>crm_explain --json</c></summary>
internal sealed record ExplainView(ImmutableArray<Explanation> Resources);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ExplainView))]
internal sealed partial class ExplainJson : JsonSerializerContext;
