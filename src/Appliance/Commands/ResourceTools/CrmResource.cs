using System.Globalization;
using Appliance.Cib;
using Appliance.Commands.Crm;
using Appliance.Linux;
using Appliance.Lrm.Agents;
using Appliance.Lrm.Catalog;
using Appliance.Policy.Model;
using Appliance.Policy.Report;

namespace Appliance.Commands.ResourceTools;

/// <summary><c>crm_resource</c> with Pacemaker 2.1.5's options, texts, XML and exit statuses: the agents of this machine; <see cref="ResourcesOnCib"/> has the resources of a CIB.</summary>
/// <param name="program">As it was called: the XML repeats it.</param>
internal sealed class CrmResource(CrmWorld world, TextWriter output, string program, AgentCatalog catalog, AgentTrial trial)
{
    // Exit statuses of Pacemaker (crm_exit_e).
    private const int Ok = 0, Error = 1, Unimplemented = 3, Usage = 64, Unsafe = 107, NoSuchObject = 105;

    /// <summary>Of an action that nobody gave a time.</summary>
    private static readonly TimeSpan ActionTime = TimeSpan.FromSeconds(20);

    public static int Applet(string[] args) => Run(CrmWorld.Real(), args);

    public static int Run(CrmWorld world, string[] args)
    {
        world = world with { Program = "crm_resource" };
        var options = CrmResourceOptions.Parse(args);
        var name = Environment.GetCommandLineArgs()[0];
        var program = Path.GetFileName(name) == "crm_resource" ? name : "crm_resource";
        var (catalog, trial) = AgentsHere.Make();
        if (options.OutputTo is not { } path || path == "-" || options.Fault is not null) return new CrmResource(world, world.Output, program, catalog, trial).Run(options, args);
        try
        {
            using var file = new StreamWriter(path) { AutoFlush = true };
            return new CrmResource(world, file, program, catalog, trial).Run(options, args);
        }
        catch (FileNotFoundException)
        {
            return NoOutput(options.As, "No such file or directory");
        }
        catch (DirectoryNotFoundException)
        {
            return NoOutput(options.As, "No such file or directory");
        }
        catch (UnauthorizedAccessException)
        {
            return NoOutput(options.As, "Permission denied");
        }

        int NoOutput(string? form, string why)
        {
            world.Errors.Write($"crm_resource: Error creating output format {form ?? "(null)"}: {why}\nError performing operation: Error occurred\n");
            return Error;
        }
    }

    public int Run(CrmResourceOptions options, IReadOnlyList<string> args)
    {
        if (options.Fault is { } fault && !fault.StartsWith("non-option", StringComparison.Ordinal)) return Plain(Usage, fault);
        if (options.Command == "help")
        {
            output.Write(CrmResourceOptions.Help(options.Subject!));
            return Ok;
        }
        if (options.As is not (null or "text" or "xml")) return Plain(Error, $"Error creating output format {options.As}: Unknown output format\nError performing operation: Error occurred");
        var view = new PacemakerOutput(output, world.Errors, options.As == "xml", options.Fancy, [program, .. args]);
        if (options.Fault is not null) return view.End(Usage, $"crm_resource: {options.Fault}");
        if (options.Command == "version") return Version(view);
        if (options.NamesAgent && !options.CallsAgent) return view.End(Usage, "crm_resource: --class, --agent, and --provider can only be used with --validate and --force-*");
        if (options.NamesAgent && options.Resource is not null) return view.End(Usage, "crm_resource: --resource cannot be used with --class, --agent, and --provider");
        if (options.CallsAgent && !options.NamesAgent && options.Resource is null) return view.End(Usage, "crm_resource: Must supply a resource id with -r");
        return options switch
        {
            { NamesAgent: true } => Call(options, view),
            { Command: "list-standards" } => Names(view, "standards", "Standards", catalog.Standards),
            { Command: "list-ocf-providers" } => Providers(view, catalog.OcfProviders()),
            { Command: "list-ocf-alternatives", Subject: { } type } => Alternatives(view, type),
            { Command: "list-agents", Subject: { } spec } => ListAgents(view, spec),
            { Command: "show-metadata", Subject: { } spec } => ShowMetaData(view, spec),
            _ => ResourcesOnCib.Run(world, options, view, CallResource),
        };
    }

    /// <summary>What is wrong before the output's form is known is text.</summary>
    private int Plain(int status, string error)
    {
        world.Errors.Write($"crm_resource: {error}\n");
        return status;
    }

    private static int Version(PacemakerOutput view)
    {
        if (view.Xml is null) view.Line($"crm_resource of appliance {StatusView.ProductVersion} (as Pacemaker 2.1.5)");
        else view.Xml.Empty("version", ("program", "appliance"), ("version", StatusView.ProductVersion));
        return view.End(Ok);
    }

    private static int Names(PacemakerOutput view, string name, string title, IReadOnlyList<string> names)
    {
        if (view.Xml is null) view.Lines(title, names);
        else
        {
            view.Xml.Open("list", ("name", name), ("count", names.Count.ToString(CultureInfo.InvariantCulture)));
            foreach (var each in names) view.Xml.Text("item", each);
            view.Xml.Close();
        }
        return view.End(Ok);
    }

    private static int Providers(PacemakerOutput view, IReadOnlyList<string> providers, string? type = null)
    {
        if (view.Xml is null) view.Lines("Providers", providers);
        else
        {
            view.Xml.Open("providers", type is null ? ("standard", "ocf") : ("for", type));
            foreach (var each in providers) view.Xml.Text("provider", each);
            view.Xml.Close();
        }
        return view.End(Ok);
    }

    private int Alternatives(PacemakerOutput view, string type)
    {
        var providers = catalog.OcfProvidersOf(type);
        return providers.Count > 0 ? Providers(view, providers, type) : view.End(NoSuchObject, $"crm_resource: No OCF providers found for {type}\nError performing operation: No such object");
    }

    private int ListAgents(PacemakerOutput view, string spec)
    {
        var colon = spec.IndexOf(':', StringComparison.Ordinal);
        var (standard, provider) = colon < 0 ? (spec, null) : (spec[..colon], spec[(colon + 1)..]);
        // The heartbeat class is none of Pacemaker's any more.
        var agents = standard.Equals(AgentName.Heartbeat, StringComparison.OrdinalIgnoreCase) ? [] : catalog.List(standard, provider);
        if (agents.Count == 0)
            return view.End(Error, $"crm_resource: No agents found for standard '{standard}'{(provider is null ? "" : $" and provider '{provider}'")}\nError performing operation: Error occurred");
        if (view.Xml is null) view.Lines($"{provider ?? standard} agents", agents.Select(a => a.Spec.Type));
        else
        {
            view.Xml.Open("agents", ("standard", standard), ("provider", provider));
            foreach (var each in agents) view.Xml.Text("agent", each.Spec.Type);
            view.Xml.Close();
        }
        return view.End(Ok);
    }

    private int ShowMetaData(PacemakerOutput view, string text)
    {
        if (AgentName.Parse(text) is not { } spec) return view.End(NoSuchObject, $"crm_resource: '{text}' is not a valid agent specification\nError performing operation: No such object");
        if (spec.Standard == AgentName.Heartbeat || trial.MetaData(spec) is not { } xml)
            return view.End(NoSuchObject, $"crm_resource: Metadata query for {text} failed: No such device or address\nError performing operation: No such object");
        if (view.Xml is null) output.Write(xml);
        else view.Xml.Data("metadata", xml);
        return view.End(Ok);
    }

    private int Call(CrmResourceOptions options, PacemakerOutput view)
    {
        var spec = new AgentName(options.Class ?? "", options.Provider, options.Agent ?? "");
        var hasProvider = spec.Standard.Equals(AgentName.Ocf, StringComparison.OrdinalIgnoreCase);
        if (hasProvider != spec.Provider is { Length: > 0 } || spec.Standard == AgentName.Heartbeat || catalog.Find(spec) is not { } place)
            return view.End(Usage, $"crm_resource: {options.Class}:{options.Provider}:{options.Agent} is not a known resource");
        return Call(options, view, new(spec, place, null, options.Parameters, ActionTime));
    }

    /// <summary>An agent, and what it is called with.</summary>
    /// <param name="Resource">The resource of a CIB that it is called for; null: for none.</param>
    /// <param name="Time">How long it may take where the line does not say.</param>
    private sealed record Callee(AgentName Spec, AgentPlace Place, string? Resource, IReadOnlyDictionary<string, string> Parameters, TimeSpan Time);

    /// <summary>Calls the agent of a resource of a CIB, here and now.</summary>
    private int CallResource(ResourcesOnCib.Question asked, PacemakerOutput view)
    {
        var (options, resource) = (asked.Options, asked.Resource!);
        if (resource is Clone && options.Command is "force-start" or "force-demote" or "force-promote" && !options.Has("force") && ResourceReport.Places(resource).Count > 0)
        {
            view.Error($"It is not safe to {options.Command} {resource.Id} here: the cluster claims it is already active");
            view.Error("Try setting target-role=Stopped first or specifying the force option");
            return ResourcesOnCib.Fail(view, Unsafe, null);
        }
        if (resource is Clone && resource.Children.Count > 0) resource = resource.Children[0];
        if (resource is Group || resource is Bundle || resource.IsInBundle)
        {
            view.Error($"Sorry, the {options.Command} option doesn't support {(resource is Group ? "group" : "bundled")} resources");
            return ResourcesOnCib.Fail(view, Unimplemented, null);
        }
        var spec = new AgentName(resource.Class, resource.Provider, resource.Type);
        var name = resource.Parent is Clone { Unique: false } ? options.Resource! : resource.Id;
        if (catalog.Find(spec) is not { } place)
            return Show(options, spec, name, view, new(ProcessEndKind.Exited, OcfCode.Installed, "", ""), "No such file or directory");
        var parameters = new Dictionary<string, string>(ResourceReport.ParametersOf(asked.Model, resource, null), StringComparer.Ordinal);
        foreach (var (meta, value) in resource.Meta) parameters["CRM_meta_" + meta.Replace('-', '_')] = value;
        var operation = resource.Xml.Element("operations")?.Elements("op").FirstOrDefault(o => o["name"] == ActionOf(options.Command));
        var time = Values.TryMilliseconds(operation?["timeout"], out var configured) && configured > 0 ? TimeSpan.FromMilliseconds(configured) : ActionTime;
        return Call(options, view, new(spec, place, name, parameters, time));
    }

    private static string ActionOf(string? command) => command switch
    {
        "force-check" => "monitor", "force-start" => "start", "force-stop" => "stop", "force-promote" => "promote", "force-demote" => "demote", _ => "validate-all",
    };

    private int Call(CrmResourceOptions options, PacemakerOutput view, Callee callee)
    {
        if (view.Xml is null && options.Overrides.Count > 0) view.Lines("overrides", Overridden(options, callee.Resource));
        var (spec, name) = (callee.Spec, callee.Resource);
        if (callee.Place is AgentPlace.Listed)
            return Show(options, spec, name, view, new(ProcessEndKind.Exited, Unimplemented, "", ""), $"Manual execution of the {spec.Standard} standard is unsupported");

        var timeout = options.Timeout is { } asked && asked > TimeSpan.Zero ? asked : callee.Time;
        var parameters = new Dictionary<string, string>(callee.Parameters, StringComparer.Ordinal);
        foreach (var (key, value) in options.Overrides) parameters[key] = value;
        parameters["CRM_meta_timeout"] = timeout.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
        parameters["crm_feature_set"] = "3.16.1";       // Pacemaker 2.1.5's
        var reply = trial.Run(spec, ActionOf(options.Command), parameters, options.Level, name ?? "test", timeout)!;
        return reply.Kind switch
        {
            ProcessEndKind.Exited => Show(options, spec, name, view, reply with { Code = Known(reply.Code) }, null),
            ProcessEndKind.Signaled => Show(options, spec, name, view, reply with { Code = OcfCode.Generic, Output = "", Error = "" }, $"Resource agent interrupted by {Signal(reply.Code)} signal"),
            _ => Show(options, spec, name, view, reply with { Code = OcfCode.Generic, Output = "", Error = "" }, $"Resource agent did not complete within {timeout.TotalSeconds:0}s"),
        };
    }

    private static List<string> Overridden(CrmResourceOptions options, string? resource)
    {
        var lines = new List<string>();
        foreach (var (name, value) in options.Overrides) lines.Add($"Overriding the cluster configuration {(resource is null ? "" : $"for '{resource}' ")}with '{name}' = '{value}'");
        return lines;
    }

    /// <param name="notRun">Why it came to no end of its own; <c>null</c>: it did.</param>
    private int Show(CrmResourceOptions options, AgentName spec, string? resource, PacemakerOutput view, AgentReply reply, string? notRun)
    {
        var status = reply.Code;
        var (reason, words) = (notRun ?? reply.Reason, Words(status));
        var whose = resource is null ? "" : $" for {resource}";
        if (view.Xml is not { } xml)
        {
            var timedOut = notRun is not null && reply.Kind == ProcessEndKind.TimedOut;
            if (notRun is null) view.Line(string.Create(CultureInfo.InvariantCulture, $"Operation {options.Command}{whose} ({spec}) returned {status} ({words}{(reason.Length > 0 ? ": " + reason : "")})"));
            else world.Errors.Write($"Operation {options.Command}{whose} ({spec}) could not be executed ({(timedOut ? "Timed Out" : "Error")}: {reason})\n");
            // What looks like XML is shown as it is, and alone.
            if (LooksLikeXml(reply.Output)) output.Write(reply.Output);
            else
            {
                if (reply.Output.Length > 0) view.Line(reply.Output);
                if (reply.Error.Length > 0) view.Line(reply.Error);
            }
        }
        else
        {
            xml.Open("resource-agent-action", ("action", options.Command), ("class", spec.Standard), ("type", spec.Type), ("rsc", resource), ("provider", spec.Provider));
            if (options.Overrides.Count == 0) xml.Empty("overrides");
            else
            {
                xml.Open("overrides");
                foreach (var (name, value) in options.Overrides) xml.Empty("override", ("name", name), ("value", value), ("rsc", resource));
                xml.Close();
            }
            var (code, end) = notRun is null ? ("0", "complete") : reply.Kind == ProcessEndKind.TimedOut ? ("2", "Timed Out") : ("4", "Error");
            xml.Empty("agent-status", ("code", Number(status)), ("message", words), ("execution_code", code), ("execution_message", end), ("reason", reason.Length > 0 ? reason : null));
            if (LooksLikeXml(reply.Output)) xml.Data("command", reply.Output);
            else if (reply.Output.Length > 0 || reply.Error.Length > 0)
            {
                xml.Open("command", ("code", Number(status)));
                if (reply.Output.Length > 0) xml.Text("output", reply.Output, ("source", "stdout"));
                if (reply.Error.Length > 0) xml.Text("output", reply.Error, ("source", "stderr"));
                xml.Close();
            }
            xml.Close();
        }
        return status == Ok ? view.End(Ok) : view.End(status, $"crm_resource: Error performing operation: {PacemakerCodes.ExitText(status)}");
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool LooksLikeXml(string text) => text.TrimStart() is ['<', var c, ..] && (char.IsAsciiLetter(c) || c is '?' or '!');

    /// <summary>Any other status of an agent is an error like another.</summary>
    private static int Known(int code) => code is (>= 0 and <= 9) or 190 or 191 ? code : OcfCode.Generic;

    /// <summary>Pacemaker's words for the codes of agents.</summary>
    private static string Words(int code) => code switch
    {
        0 => "ok", 1 => "error", 2 => "invalid parameter", 3 => "unimplemented feature", 4 => "insufficient privileges", 5 => "not installed", 6 => "not configured", 7 => "not running",
        8 => "promoted", 9 => "promoted (failed)", 190 => "OCF_DEGRADED", 191 => "promoted (degraded)", _ => "unknown",
    };

    /// <summary>strsignal(3).</summary>
    private static string Signal(int number) => number switch
    {
        1 => "Hangup", 2 => "Interrupt", 3 => "Quit", 4 => "Illegal instruction", 6 => "Aborted", 7 => "Bus error", 8 => "Floating point exception", 9 => "Killed", 11 => "Segmentation fault",
        13 => "Broken pipe", 14 => "Alarm clock", 15 => "Terminated", _ => string.Create(CultureInfo.InvariantCulture, $"Unknown signal {number}"),
    };
}
