using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Appliance.Linux;
using Appliance.Lrm.Agents;
using Appliance.Lrm.Catalog;

namespace Appliance.Commands.ResourceTools;

/// <summary><c>appliance agents list|info|validate</c>: the resource agents of this machine, in our own words.</summary>
internal sealed class AgentsCommand(TextWriter output, TextWriter errors, AgentCatalog catalog, AgentTrial trial)
{
    private const int Ok = 0, No = 1, NoSuchAgent = 2, Usage = 64;

    /// <summary>Standards whose agents are listed when none is named; <c>service</c> is what lsb and systemd have, under another name.</summary>
    private static readonly string[] Listed = [AgentName.Ocf, AgentName.Lsb, AgentName.Heartbeat, AgentName.Systemd, AgentName.Stonith];

    private static readonly TimeSpan ValidationTime = TimeSpan.FromSeconds(20);

    /// <summary>The command for the command line.</summary>
    public static Command Make()
    {
        var json = new Option<bool>("--json") { Description = "One line of JSON" };
        var level = new Option<int>("--level") { Description = "Check level: 10 also asks whether the parameters fit this machine" };
        var standard = new Argument<string?>("STANDARD[:PROVIDER]") { Description = "ocf, ocf:heartbeat, lsb, heartbeat, service, systemd or stonith; without it, all", Arity = ArgumentArity.ZeroOrOne };
        var agent = new Argument<string>("CLASS:PROVIDER:TYPE") { Description = "For example ocf:heartbeat:IPaddr2, lsb:ssh, stonith:fence_ipmilan" };
        var parameters = new Argument<string[]>("NAME=VALUE") { Description = "Parameters of the resource", Arity = ArgumentArity.ZeroOrMore };
        var list = new Command("list", "List the agents of this machine. Exit status: 0; 1 there are none") { standard, json };
        list.SetAction(p => Here().List(p.GetValue(standard), p.GetValue(json)));
        var info = new Command("info", "Describe an agent: its parameters and actions. Exit status: 0; 2 no such agent") { agent, json };
        info.SetAction(p => Here().Info(p.GetValue(agent)!, p.GetValue(json)));
        var validate = new Command("validate", "Check parameters: their names, then the agent's own check. Exit status: 0 valid, 1 not, 2 no such agent") { agent, parameters, level, json };
        validate.SetAction(p => Here().Validate(p.GetValue(agent)!, p.GetValue(parameters) ?? [], p.GetValue(level), p.GetValue(json)));
        var action = new Argument<string>("ACTION") { Description = "start, stop, monitor, validate-all, meta-data, promote, ... as the class has it" };
        var timeout = new Option<double>("--timeout") { Description = "Seconds it may take", DefaultValueFactory = _ => 20 };
        var resource = new Option<string>("--resource") { Description = "Name of the resource, as the agent sees it (its type, when not given)", DefaultValueFactory = _ => "" };
        var count = new Option<int>("--count") { Description = "Run it so many times, and say what one takes", DefaultValueFactory = _ => 1 };
        var run = new Command("run", "Run one operation as the resource manager would, and show its code, time and reason. Exit status: OCF's; 124 timed out") { agent, action, parameters, timeout, resource, count };
        run.SetAction(p => AgentRun.Run(p.GetValue(agent)!, p.GetValue(action)!, p.GetValue(parameters) ?? [], p.GetValue(timeout), p.GetValue(resource)!, p.GetValue(count)));
        return new Command("agents", "List, describe, check and try resource agents") { list, info, validate, run };
    }

    private static AgentsCommand Here()
    {
        var (catalog, trial) = AgentsHere.Make();
        return new(Console.Out, Console.Error, catalog, trial);
    }

    public int List(string? what, bool json)
    {
        var colon = what?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        var (standard, provider) = what is null || colon < 0 ? (what, null) : (what[..colon], what[(colon + 1)..]);
        if (standard is not null && standard != AgentName.Service && !Listed.Contains(standard)) return Wrong($"there is no standard '{standard}'; there are {string.Join(", ", [.. Listed, AgentName.Service])}");
        if (provider is not null && standard != AgentName.Ocf) return Wrong($"{standard} has no providers");
        var entries = new List<AgentEntry>();
        foreach (var each in standard is null ? Listed : [standard]) entries.AddRange(catalog.List(each, provider));
        if (json) output.WriteLine(JsonSerializer.Serialize(new AgentsView([.. entries.Select(AgentView.Of)]), AgentsJson.Default.AgentsView));
        else
        {
            var width = 0;
            foreach (var entry in entries) width = Math.Max(width, entry.Spec.ToString().Length);
            foreach (var entry in entries) output.WriteLine($"{entry.Spec.ToString().PadRight(width)}  {Where(entry)}".TrimEnd());
        }
        if (entries.Count > 0) return Ok;
        if (!json) errors.WriteLine($"appliance agents: no agents of {what}");
        return No;
    }

    public int Info(string text, bool json)
    {
        if (AgentName.Parse(text) is not { } spec) return NotASpec(text);
        if (Facts(spec) is not { } facts) return Unknown(text);
        var entry = Entry(spec);
        if (json)
        {
            var view = new AgentInfoView(spec.ToString(), entry.Path, entry.BuiltIn, facts.OcfVersion, facts.Short, facts.Long, facts.Parameters, facts.Actions);
            output.WriteLine(JsonSerializer.Serialize(view, AgentsJson.Default.AgentInfoView));
            return Ok;
        }
        output.WriteLine($"{spec}: {facts.Short}");
        if (Where(entry) is { Length: > 0 } where) output.WriteLine(where);
        if (facts.Long.Length > 0) output.WriteLine($"\n{facts.Long}");
        if (!facts.Parameters.IsEmpty) output.WriteLine("\nParameters:");
        foreach (var parameter in facts.Parameters)
        {
            output.WriteLine($"  {parameter.Name} ({string.Join(", ", Qualities(parameter))}): {parameter.Short}");
            if (parameter.Long.Length > 0 && parameter.Long != parameter.Short) output.WriteLine("      " + parameter.Long.Replace("\n", "\n      ", StringComparison.Ordinal));
        }
        if (!facts.Actions.IsEmpty) output.WriteLine("\nActions:");
        foreach (var action in facts.Actions)
        {
            var words = new List<string> { action.Name };
            if (action.Timeout.Length > 0) words.Add("timeout " + action.Timeout);
            if (action.Interval is not ("" or "0" or "0s")) words.Add("interval " + action.Interval);
            if (action.Role.Length > 0) words.Add("role " + action.Role);
            if (action.Depth is not ("" or "0")) words.Add("depth " + action.Depth);
            output.WriteLine($"  {string.Join(' ', words)}");
        }
        return Ok;
    }

    public int Validate(string text, IReadOnlyList<string> words, int level, bool json)
    {
        if (AgentName.Parse(text) is not { } spec) return NotASpec(text);
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var word in words)
        {
            if (word.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at)) return Wrong($"'{word}' is not NAME=VALUE");
            given[word[..at]] = word[(at + 1)..];
        }
        if (catalog.Find(spec) is not { } place) return Unknown(text);
        var problems = new List<string>();
        if (spec.Standard == AgentName.Ocf)
        {
            if (Facts(spec) is not { } facts) return Unknown(text);
            problems.AddRange(facts.Problems(place is AgentPlace.BuiltIn builtIn ? Renamed(given, builtIn.Agent.Description) : given));
        }
        else if (place is not AgentPlace.Listed && given.Count > 0) problems.Add($"agents of {spec.Standard} have no parameters");

        int? status = null;
        // An init script has no such action, and some of them do something else when they are asked for it.
        if (problems.Count == 0 && (spec.Standard == AgentName.Ocf || place is AgentPlace.Listed))
        {
            var reply = trial.Run(spec, "validate-all", given, level, "validation", ValidationTime)!;
            status = reply.Kind == ProcessEndKind.Exited ? reply.Code : OcfCode.Generic;
            if (status == OcfCode.Unimplemented) status = OcfCode.Success;
            else if (status != OcfCode.Success) problems.Add(reply.Reason.Length > 0 ? reply.Reason : string.Create(CultureInfo.InvariantCulture, $"the agent's own check ended with {reply.Kind} {reply.Code}"));
        }
        if (json) output.WriteLine(JsonSerializer.Serialize(new AgentValidationView(spec.ToString(), problems.Count == 0, status, [.. problems]), AgentsJson.Default.AgentValidationView));
        else if (problems.Count == 0) output.WriteLine($"{spec}: valid");
        else foreach (var problem in problems) errors.WriteLine($"{spec}: {problem}");
        return problems.Count == 0 ? Ok : No;
    }

    /// <summary>Old names of parameters as the present ones.</summary>
    private static Dictionary<string, string> Renamed(Dictionary<string, string> given, AgentDescription agent)
    {
        var renamed = new Dictionary<string, string>(given, StringComparer.Ordinal);
        foreach (var parameter in agent.Parameters)
            foreach (var alias in parameter.Aliases)
                if (renamed.Remove(alias, out var value)) renamed.TryAdd(parameter.Name, value);
        return renamed;
    }

    private AgentFacts? Facts(AgentName spec) => trial.MetaData(spec) is { } xml ? AgentFacts.Read(xml) : null;

    private AgentEntry Entry(AgentName spec)
    {
        foreach (var entry in catalog.List(spec.Standard, spec.Provider))
            if (entry.Spec.Type == spec.Type) return entry;
        return new(spec, null, false);
    }

    private static string Where(AgentEntry entry) => entry switch
    {
        { Path: { } path, BuiltIn: true } => $"{path} (built in as well)",
        { Path: { } path } => path,
        { BuiltIn: true } => "built in",
        _ => "",
    };

    private static IEnumerable<string> Qualities(ParameterFacts parameter)
    {
        yield return parameter.Options.IsEmpty ? parameter.Type : string.Join('|', parameter.Options);
        if (parameter.Required) yield return "required";
        if (parameter.UniqueGroup is "-") yield return "unique";
        else if (parameter.UniqueGroup.Length > 0) yield return $"unique in {parameter.UniqueGroup}";
        if (parameter.Reloadable) yield return "reloadable";
        if (parameter.Deprecated) yield return "deprecated";
        if (parameter.Default.Length > 0) yield return $"default {parameter.Default}";
    }

    private int NotASpec(string text) => Wrong($"'{text}' is no agent: CLASS:TYPE, or ocf:PROVIDER:TYPE");

    private int Unknown(string text)
    {
        errors.WriteLine($"appliance agents: there is no agent {text}, or it does not describe itself");
        return NoSuchAgent;
    }

    private int Wrong(string why)
    {
        errors.WriteLine($"appliance agents: {why}");
        return Usage;
    }
}
