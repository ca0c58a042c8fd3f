using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Appliance.Commands.ResourceTools;
using Appliance.Control;

namespace Appliance.Commands.FencingTools;

/// <summary><c>stonith_admin</c>: Pacemaker 2.1.5's options, texts, XML and exit statuses, against our fencer.</summary>
internal sealed class StonithAdmin(TextWriter output, TextWriter errors, Func<ControlRequest, TimeSpan, ControlAnswer> ask, int processId)
{
    // Exit statuses of Pacemaker (crm_exit_e).
    private const int Ok = 0, Error = 1, Usage = 64, NotConnected = 102, NoSuchObject = 105, TimedOut = 124, Internal = 70, NotAllowed = 4, CannotWrite = 73;

    /// <summary>The daemon answers everything but an order at once.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Of the check of an agent that is not there (-ENOENT).</summary>
    private const int NoSuchAgent = -2;

    /// <summary>An order may take every device's time; its end always comes.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    public static int Applet(string[] args)
    {
        var options = StonithAdminOptions.Parse(args, Environment.GetEnvironmentVariable);
        if (options.OutputTo is not { } path || path == "-") return new StonithAdmin(Console.Out, Console.Error, ControlClient.Once, Environment.ProcessId).Run(options, args);
        using var text = new StringWriter();
        var status = new StonithAdmin(text, Console.Error, ControlClient.Once, Environment.ProcessId).Run(options, args);
        try
        {
            File.WriteAllText(path, text.ToString());
            return status;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"stonith_admin: {e.Message}");
            return CannotWrite;
        }
    }

    public int Run(StonithAdminOptions options, IReadOnlyList<string> args)
    {
        if (options.Fault is { } fault)
        {
            errors.Write($"stonith_admin: {fault}\n");
            return Usage;
        }
        if (options.Command is '\0' or '?')
        {
            output.Write(StonithAdminOptions.Usage(CultureInfo.InvariantCulture));
            return options.Command == '?' ? Ok : Usage;
        }
        var view = new StonithAdminOutput(output, errors, options.Format, PacemakerOutput.CalledAs("stonith_admin") + string.Concat(args.Select(a => " " + Shown(a))));
        try
        {
            return Do(options, view);
        }
        catch (NotRunningException e)
        {
            return view.End(NotConnected, $"Could not connect to fencer: {e.Message}");
        }
    }

    /// <summary>A word of the command line as the XML may repeat it: without a secret's value.</summary>
    private static string Shown(string word)
    {
        var at = word.IndexOf('=', StringComparison.Ordinal);
        string[] secrets = ["passw", "secret", "community", "_kg", "token"];
        return at > 0 && secrets.Any(s => word[..word.LastIndexOf('=')].Contains(s, StringComparison.OrdinalIgnoreCase)) ? word[..(word.LastIndexOf('=') + 1)] + "***" : word;
    }

    private int Do(StonithAdminOptions options, StonithAdminOutput view)
    {
        switch (options.Command)
        {
            case '$':
                output.Write($"stonith_admin of appliance {StatusView.ProductVersion} (as Pacemaker 2.1.5)\n");
                return Ok;
            case 'F': return Order(options, "off", view);
            case 'U': return Order(options, "on", view);
            case 'B': return Order(options, "reboot", view);
            case 'C': return Answer(Ask(new("fence-confirm", Fencing: Request(options, null))), view);
            case 'H' when options.Cleanup:
                view.Note($"cleaning up fencing-history for node {options.Subject}");
                return Answer(Ask(new("fence-clean", Fencing: Request(options with { Subject = options.Subject == "*" ? "" : options.Subject }, null))), view);
        }
        if (Locally(options, view) is { } status) return status;
        var fencing = Ask(new("fencing"));
        if (fencing.Error?.StartsWith(Permissions.Denied, StringComparison.Ordinal) == true) return view.End(NotConnected, "Could not connect to fencer: Transport endpoint is not connected");
        if (fencing.Fencing is not { } found) return view.End(Error, fencing.Error ?? "the fencer's answer is empty");
        switch (options.Command)
        {
            case 'L':
                view.Devices(found.Devices);
                return view.End(Ok);
            case 'l':
                view.Devices([.. found.Devices.Where(d => d.Targets.Contains(options.Subject) || d.HostCheck != "static-list")]);
                return view.End(Ok);
            case 's':
                if (found.Devices.FirstOrDefault(d => d.Id == options.Subject) is not { } listed) return view.End(NoSuchObject, "Couldn't list targets: No such device");
                if (listed.Targets.IsEmpty) return view.End(Error, "Couldn't list targets: No data available");
                view.Targets(listed.Targets);
                return view.End(Ok);
            case 'Q': return Query(options, view);
            case 'h':
                view.LastFenced(options.Subject, Latest(found.History, options.Subject)?.CompletedUnixMs);
                return view.End(Ok);
            case 'H':
                return History(options, found.History, view);
            default:
                return view.End(Usage, $"-{options.Command}: what is meant?");
        }
    }

    /// <summary>What changes the devices, and what needs no daemon; <c>null</c> for anything else.</summary>
    private int? Locally(StonithAdminOptions options, StonithAdminOutput view)
    {
        if (options.Command is 'R' or 'K' or 'M' && string.IsNullOrEmpty(options.Agent)) return view.End(Usage, "Please specify an agent to query using -a,--agent [value]");
        if (options.Command is 'r' or 'd' && options.Index is < 1 or > 9) return view.End(options.Index == 0 ? Usage : Internal, $"Can't {(options.Command == 'r' ? "" : "un")}register topology level {options.Index} for {options.Subject}: Invalid argument");
        if (options.Command == 'r' && options.Devices.Count == 0) return view.End(Usage, "Please specify at least one device to associate with the level using -v,--device [value]");
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in options.Parameters) parameters[name] = value;
        switch (options.Command)
        {
            case 'R': return Answer(Ask(new("fence-register", Fencing: Request(options, null) with { Agent = options.Agent, Parameters = parameters })), view, NoSuchObject);
            case 'D': return Answer(Ask(new("fence-deregister", Fencing: Request(options, null))), view);
            case 'r': return Answer(Ask(new("fence-level", Fencing: Request(options, null) with { Level = options.Index, LevelDevices = [.. options.Devices] })), view);
            case 'd': return Answer(Ask(new("fence-unlevel", Fencing: Request(options, null) with { Level = options.Index })), view);
            case 'I':
                view.Agents([.. Agents.Installed()]);
                return view.End(Ok);
            case 'M':
                if (Agents.Metadata(options.Agent!) is not { } metadata) return view.End(NoSuchObject, "Can't get fence agent meta-data: No such device");
                view.Metadata(metadata);
                return view.End(Ok);
            case 'K':
                var problems = Agents.Problems(options.Agent!, parameters);
                view.Validation(options.Agent!, problems ?? [$"Agent {options.Agent} not found"], problems is null ? NoSuchAgent : problems.Count == 0 ? 0 : 1, options.Quiet);
                return view.End(problems is null ? NoSuchObject : problems.Count == 0 ? Ok : Error);
            default: return null;
        }
    }

    private static int History(StonithAdminOptions options, ImmutableArray<FencingEventView> history, StonithAdminOutput view)
    {
        var ofNode = history.Where(e => options.Subject == "*" || e.Target == options.Subject).ToList();
        if (options.Quiet)
        {
            if (ofNode.Where(e => e.State == "done").Max(e => e.CompletedUnixMs) is { } latest) view.Epoch(latest / 1000);
            view.History([], latestOnly: true);      // as 2.1.5, which counts what it has not told
            return view.End(Ok);
        }
        if (options.Broadcast) view.Note("gather fencing-history from all nodes");
        // Without --verbose: of each node the latest success only.
        var shown = options.Verbose > 0 ? ofNode : [.. ofNode.Where(e => e.State == "done").GroupBy(e => e.Target).Select(g => g.MaxBy(e => e.CompletedUnixMs)!)];
        view.History(shown, latestOnly: options.Verbose == 0);
        return view.End(Ok);
    }

    private static FencingEventView? Latest(ImmutableArray<FencingEventView> history, string node) => history.Where(e => e.Target == node && e.State == "done").MaxBy(e => e.CompletedUnixMs);

    /// <summary>Asks the device now, as Pacemaker does; what it said before is of no use to whoever has just repaired it.</summary>
    private int Query(StonithAdminOptions options, StonithAdminOutput view)
    {
        var probe = Ask(new("fence-probe", Fencing: Request(options, null)));
        if (!probe.Ok) return Answer(probe, view);
        var clock = Stopwatch.StartNew();
        while (true)
        {
            if (Ask(new("fencing")).Fencing?.Devices.FirstOrDefault(d => d.Id == options.Subject) is not { } device) return view.End(NoSuchObject, $"Couldn't query {options.Subject}: No such device");
            if (device.Ready is { } ready && device.AgeMs <= clock.Elapsed.TotalMilliseconds) return ready ? view.End(Ok) : view.End(Error, $"{device.Id}: {device.Sentence}");
            if (clock.Elapsed > options.Timeout) return view.End(TimedOut, $"{device.Id} did not answer within {options.Timeout.TotalSeconds:0} s");
            Thread.Sleep(Look);
        }
    }

    private int Order(StonithAdminOptions options, string action, StonithAdminOutput view)
    {
        var answer = ask(new("fence", Fencing: Request(options, action)), Long);
        if (!answer.Ok) return Answer(answer, view);
        var done = answer.Fencing!;
        var verb = action == "on" ? "unfence" : "fence";
        return done.Outcome switch
        {
            "done" => view.End(Ok),
            "nodevice" => view.End(NoSuchObject, $"stonith_admin: Couldn't {verb} {options.Subject}: No such device ({done.Sentence})"),
            "timedout" => view.End(TimedOut, $"stonith_admin: Couldn't {verb} {options.Subject}: Timer expired ({done.Sentence})"),
            _ => view.End(Error, $"stonith_admin: Couldn't {verb} {options.Subject}: No data available ({done.Sentence})"),
        };
    }

    private static int Answer(ControlAnswer answer, StonithAdminOutput view, int failure = Error) =>
        answer.Ok ? view.End(Ok) : view.End(answer.Error?.Contains("needs root", StringComparison.Ordinal) == true ? NotAllowed : failure, answer.Error);

    private ControlAnswer Ask(ControlRequest request) => ask(request, Short);

    private FencingRequest Request(StonithAdminOptions options, string? action) => new(options.Subject.Length > 0 ? options.Subject : null, action,
        (long)options.Timeout.TotalMilliseconds, (long)options.Tolerance.TotalMilliseconds, (long)options.Delay.TotalMilliseconds,
        string.Create(CultureInfo.InvariantCulture, $"stonith_admin{(options.Tag is { } tag ? "." + tag : "")}.{processId}"));
}
