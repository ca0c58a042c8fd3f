using System.Globalization;
using Appliance.Cib;
using Appliance.Cib.Requests;
using Appliance.Commands.Policy;
using Appliance.Commands.ResourceTools;
using Appliance.Linux;
using Appliance.Policy;
using Appliance.Policy.Report;

namespace Appliance.Commands.Crm;

/// <summary><c>crm_mon</c>, with the options, texts and exit statuses of Pacemaker 2.1.5: the status of the cluster, once or for as long as somebody looks.</summary>
internal sealed class CrmMon
{
    private const int Failed = 1, Critical = 2, InsufficientPrivileges = 4, Usage = 64, Disconnected = 102;
    private const string Api = "2.25", Pacemaker = "2.1.5";

    private readonly CrmWorld _world;
    private readonly string[] _args;
    private readonly CrmMonOptions _options = new();
    private readonly MonitorSources _sources;
    private ResourceCounts _counts = new(0, 0, 0);

    private CrmMon(CrmWorld world, string[] args, MonitorSources sources) => (_world, _args, _sources) = (world, args, sources);

    public static int Applet(string[] args) => MonitorDaemon.IsOne ? Stay(args) : Run(CrmWorld.Real() with { Program = "crm_mon" }, args);

    /// <summary>Over the CIB that the surroundings name.</summary>
    public static int Run(CrmWorld world, string[] args) => Run(world, args, MonitorSources.Real(world));

    public static int Run(CrmWorld world, string[] args, MonitorSources sources) => new CrmMon(world, args, sources).Run();

    private int Run()
    {
        var fault = _options.Read(_args, Environment.GetCommandLineArgs() is [var program, ..] && program.EndsWith("crm_mon.cgi", StringComparison.Ordinal), out var usage);
        if (_options.Help)
        {
            _world.Output.Write(CrmMonHelp.Text);
            return 0;
        }
        if (fault is not null)
        {
            if (usage) _world.Output.Write(CrmMonHelp.Text + "\n");
            return _world.Fail(Usage, $"crm_mon: {fault}");
        }
        if (_options.Version) return Print(_options.Destination, Version(), 0);
        var live = _world.Variable("CIB_file") is null && _world.Variable("CIB_shadow") is null or "";
        if (_options.Daemon)
        {
            if (_options.Destination is null && _options.Agent is null && live) return _world.Fail(Usage, "crm_mon: --daemonize requires at least one of --output-to and --external-agent");
            return MonitorDaemon.Begin(_args, _options.PidFile, _world);
        }
        if (_options.Form == MonitorForm.Cgi && !live) return Print(_options.Destination, Render(null, ["crm_mon: CGI mode used with CIB file"], out _, out _), Usage);
        // A CIB in a file does not change by itself; --interval would be waited for in vain.
        return _options.OneShot || !live ? Once() : Watch();
    }

    /// <summary>The work of the process that --daemonize leaves behind.</summary>
    private static int Stay(string[] args)
    {
        var world = CrmWorld.Real();
        var monitor = new CrmMon(world, args, MonitorSources.Real(world));
        if (monitor._options.Read(args, calledCgi: false, out _) is not null) return Usage;
        return world.Variable("CIB_file") is not null || world.Variable("CIB_shadow") is { Length: > 0 } ? monitor.Once() : monitor.Watch();
    }

    // ---- once ----

    private int Once()
    {
        var seen = Look(out var rc);
        if (seen is not null) return Print(_options.Destination, Render(seen, [], out var seenStatus, out var complaint), seenStatus, complaint);
        var denied = rc == PacemakerCodes.PermissionDenied && CibAccess.IsLive(_world);
        if (rc != PacemakerCodes.NotConnected && !denied)
        {
            // Debian's ends well even then.
            var problem = $"Could not connect to the CIB: {PacemakerCodes.Text(rc)}";
            return Print(_options.Destination, Render(null, [problem], out _, out _), _options.StrictStatus ? Critical : 0, problem);
        }
        var none = $"Connection to cluster failed: {PacemakerCodes.Text(rc)}";
        if (_options.Form == MonitorForm.Monitor) return _world.Fail(Critical, $"crm_mon: CLUSTER CRIT: {none}");
        var status = denied ? InsufficientPrivileges : Disconnected;
        return Print(_options.Destination, Render(null, [$"crm_mon: {none}"], out _, out _, status), status, $"crm_mon: {none}");
    }

    private PolicyRun? Look(out int rc)
    {
        rc = _sources.Open(_world, out var cib);
        if (cib is null) return null;
        var reply = cib.Perform(new(CibOperation.Query));
        cib.Close();
        rc = (int)reply.Result;
        if (reply.Answer is not { } document) return null;
        var now = _world.Now();
        if (document["validate-with"] is null or SchemaVersion.None) _world.Errors.Write("Schema validation of configuration is disabled (enabling is encouraged and prevents common misconfigurations)\n");
        else if (SchemaUpgrade.ToLatest(document, "CIB", out _) is { } latest) document = latest;
        var run = PolicyRun.ReadStatus(document, now, secretsBlotted: false, offset: LocalTime.Offset(now));
        _counts = MonitorReport.Count(run.Model);
        if ((_options.Sections & (MonitorSections.Bans | MonitorSections.Tickets)) != 0) run.ReadConstraints(PosixPattern.Of);
        return run;
    }

    private MonitorScope View(PolicyRun run)
    {
        var model = run.Model;
        return new()
        {
            Sections = _options.Sections,
            Counts = _counts,
            BanPrefix = _options.BanPrefix,
            Date = CrmText.Date,
            Order = GlibOrder.Of,
            DaemonSeen = _options.Writer != "json" && CibAccess.IsLive(_world) ? CrmText.Moment(_world.Now()) : null,
            History = (_options.Sections & MonitorSections.Fencing) != 0 ? _sources.History() : null,
            FullHistory = _options.Sections.HasFlag(MonitorSections.Fencing),
            Status = _options.Status with
            {
                Nodes = _options.Node is null or "*" ? null : MonitorScope.NodesNamed(model, _options.Node),
                Resources = _options.Resource is null or "*" ? null : MonitorScope.ResourcesNamed(model, _options.Resource),
            },
        };
    }

    /// <summary>The whole output.</summary>
    /// <param name="seen"><c>null</c>: only problems.</param>
    /// <param name="complaint">What is said besides, to standard error.</param>
    private string Render(PolicyRun? seen, IReadOnlyList<string> problems, out int status, out string? complaint, int code = 0)
    {
        (status, complaint) = (code, null);
        string? line = null;
        if (seen is not null && _options.Form == MonitorForm.Monitor)
        {
            line = MonitorReport.Line(seen.Model, out var well) + "\n";
            if (!well)
            {
                complaint = "Error outputting status info from the fencer or CIB";
                problems = [complaint];
                if (_options.StrictStatus) status = Failed;
            }
        }
        var shown = _options.Form == MonitorForm.Monitor ? null : seen;
        switch (_options.Writer)
        {
            case "xml":
                complaint = null;
                return Xml(shown, problems, status);
            case "json": return MonitorJson.Write(shown is null ? [] : MonitorReport.Xml(shown.Model, View(shown)), status, problems);
            case "html":
                complaint = null;
                return (_options.Cgi ? "Content-Type: text/html\n\n" : "") + MonitorReport.Page(shown?.Model, shown is null ? null : View(shown), _options.Title ?? "Cluster Status", _options.Sheet, Refresh, problems);
            default: return line is not null && CibAccess.IsLive(_world) ? $"{MonitorReport.DaemonLine(CrmText.Moment(_world.Now()))}\n{line}" : line ?? (shown is null ? "" : MonitorReport.Text(shown.Model, View(shown)));
        }
    }

    private long? Refresh => _options.Destination is null or "-" ? null : (long)_options.Interval.TotalSeconds;

    private string Xml(PolicyRun? seen, IReadOnlyList<string> problems, int status)
    {
        var legacy = _options.Form == MonitorForm.LegacyXml;
        var root = legacy ? new CibElement("crm_mon").Set("version", Pacemaker) : new CibElement("pacemaker-result").Set("api-version", Api).Set("request", PacemakerOutput.Request(["crm_mon", .. _args]));
        if (seen is not null)
            foreach (var element in MonitorReport.Xml(seen.Model, View(seen))) root.Add(element);
        if (!legacy)
        {
            var result = root.Add("status").Set("code", status.ToString(CultureInfo.InvariantCulture)).Set("message", PacemakerCodes.ExitText(status));
            var errors = problems.Count > 0 ? result.Add("errors") : null;
            foreach (var problem in problems) errors!.Add("error").Text = problem;
        }
        return root.ToString(CibFormat.Pretty | CibFormat.WithText);
    }

    private string Version() => _options.Writer == "xml"
        ? new CibElement("pacemaker-result").Set("api-version", Api).Set("request", PacemakerOutput.Request(["crm_mon", .. _args]))
            .Add("version").Set("program", "appliance").Set("version", StatusView.ProductVersion).Parent!
            .Add("status").Set("code", "0").Set("message", "OK").Parent!.ToString(CibFormat.Pretty | CibFormat.WithText)
        : CrmText.Version("crm_mon");

    private int Print(string? path, string text, int status, string? complaint = null)
    {
        try
        {
            if (path is null or "-") _world.Output.Write(text);
            else File.WriteAllText(path, text);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return _world.Fail(Failed, $"crm_mon: Error creating output format {_options.Writer}: {(problem is UnauthorizedAccessException ? "Permission denied" : "No such file or directory")}");
        }
        if (complaint is not null && _options.Writer is not ("xml" or "html")) _world.Errors.Write(complaint + "\n");
        return status;
    }

    // ---- on and on ----

    private int Watch()
    {
        var told = new MonitorAgent(_options.Agent, _options.Recipient, _options.WatchFencing, _world);
        if (_options.Form == MonitorForm.Console && _options.Destination is null && MonitorScreen.Possible) return new MonitorScreen(_options, Status, _sources, told.Look, _world.Output).Run();
        while (true)
        {
            var text = Status(out var run);
            told.Look(run, _sources);
            if (Print(_options.Destination, text + (_options.Writer == "text" && _options.Destination is null or "-" ? "\n" : ""), 0) is not 0 and var failed) return failed;
            _world.Output.Flush();
            _sources.Wait(_options.Interval);
        }
    }

    /// <summary>What is to be seen now; a sentence where nobody answers.</summary>
    private string Status(out PolicyRun? run)
    {
        run = Look(out var rc);
        return run is null ? Render(null, [$"Waiting until cluster is available on this node: {PacemakerCodes.Text(rc)}"], out _, out _) is { Length: > 0 } said ? said : "Waiting until cluster is available on this node ...\n"
            : Render(run, [], out _, out _);
    }
}
