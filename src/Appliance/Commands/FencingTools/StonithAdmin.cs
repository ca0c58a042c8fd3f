using System.Collections.Immutable;
using System.Globalization;
using Appliance.Control;

namespace Appliance.Commands.FencingTools;

/// <summary><c>stonith_admin</c>: Pacemaker 2.1.5's options, texts, XML and exit statuses, against our fencer.</summary>
internal sealed class StonithAdmin(TextWriter output, TextWriter errors, Func<ControlRequest, TimeSpan, ControlAnswer> ask, int processId)
{
    // Exit statuses of Pacemaker (crm_exit_e).
    private const int Ok = 0, Error = 1, Usage = 64, NotConnected = 102, NoSuchObject = 105, TimedOut = 124, Internal = 70, NotAllowed = 4, CannotWrite = 73;

    /// <summary>The daemon answers everything but an order at once.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(10);

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
        var view = new StonithAdminOutput(output, errors, options.OutputAs == "xml", "stonith_admin" + string.Concat(args.Select(a => " " + Shown(a))));
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
                if (found.Devices.FirstOrDefault(d => d.Id == options.Subject) is not { } listed) return view.End(NoSuchObject, $"Couldn't list targets of {options.Subject}: No such device");
                view.Targets(listed.Targets);
                return view.End(Ok);
            case 'Q':
                if (found.Devices.FirstOrDefault(d => d.Id == options.Subject) is not { } queried) return view.End(NoSuchObject, $"Couldn't query {options.Subject}: No such device");
                return queried.Ready == true ? view.End(Ok) : view.End(Error, $"{queried.Id}: {(queried.Ready is null ? "not asked yet; try again in a moment" : queried.Sentence)}");
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
        if (options.Command is 'R' or 'K' or 'M' && string.IsNullOrEmpty(options.Agent)) return view.End(Usage, $"Please specify an agent to {(options.Command == 'R' ? "register" : options.Command == 'K' ? "validate" : "query")} with --agent");
        if (options.Command is 'r' or 'd' && options.Index is < 1 or > 9) return view.End(options.Index == 0 ? Usage : Internal, $"Couldn't change level {options.Index} of {options.Subject}: Invalid argument (1 to 9)");
        if (options.Command == 'r' && options.Devices.Count == 0) return view.End(Usage, "Please specify the devices of the level with --device");
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
                if (Agents.Metadata(options.Agent!) is not { } metadata) return view.End(NoSuchObject, $"Couldn't query metadata of {options.Agent}: No such device");
                view.Metadata(metadata);
                return view.End(Ok);
            case 'K':
                if (Agents.Problems(options.Agent!, parameters) is not { } problems) return view.End(NoSuchObject, $"Couldn't validate {options.Agent}: No such device");
                view.Validation(options.Agent!, problems, options.Quiet);
                return view.End(problems.Count == 0 ? Ok : Error);
            default: return null;
        }
    }

    private static int History(StonithAdminOptions options, ImmutableArray<FencingEventView> history, StonithAdminOutput view)
    {
        var ofNode = history.Where(e => options.Subject == "*" || e.Target == options.Subject).ToList();
        if (options.Quiet)
        {
            var latest = ofNode.Where(e => e.State == "done").Max(e => e.CompletedUnixMs) ?? 0;
            view.Epoch(latest / 1000);
            return view.End(Ok);
        }
        if (options.Broadcast) view.Note("gather fencing-history from all nodes");
        // Without --verbose: of each node the latest success only.
        var shown = options.Verbose > 0 ? ofNode : [.. ofNode.Where(e => e.State == "done").GroupBy(e => e.Target).Select(g => g.MaxBy(e => e.CompletedUnixMs)!)];
        view.History(shown, latestOnly: options.Verbose == 0);
        return view.End(Ok);
    }

    private static FencingEventView? Latest(ImmutableArray<FencingEventView> history, string node) => history.Where(e => e.Target == node && e.State == "done").MaxBy(e => e.CompletedUnixMs);

    private int Order(StonithAdminOptions options, string action, StonithAdminOutput view)
    {
        var answer = ask(new("fence", Fencing: Request(options, action)), Long);
        if (!answer.Ok) return Answer(answer, view);
        var done = answer.Fencing!;
        var verb = action == "on" ? "unfence" : action == "reboot" ? "reboot" : "fence";
        return done.Outcome switch
        {
            "done" => view.End(Ok),
            "nodevice" => view.End(NoSuchObject, $"Couldn't {verb} {options.Subject}: No such device ({done.Sentence})"),
            "timedout" => view.End(TimedOut, $"Couldn't {verb} {options.Subject}: Timer expired ({done.Sentence})"),
            _ => view.End(Error, $"Couldn't {verb} {options.Subject}: No data available ({done.Sentence})"),
        };
    }

    private static int Answer(ControlAnswer answer, StonithAdminOutput view, int failure = Error) =>
        answer.Ok ? view.End(Ok) : view.End(answer.Error?.Contains("needs root", StringComparison.Ordinal) == true ? NotAllowed : failure, answer.Error);

    private ControlAnswer Ask(ControlRequest request) => ask(request, Short);

    private FencingRequest Request(StonithAdminOptions options, string? action) => new(options.Subject.Length > 0 ? options.Subject : null, action,
        (long)options.Timeout.TotalMilliseconds, (long)options.Tolerance.TotalMilliseconds, (long)options.Delay.TotalMilliseconds,
        string.Create(CultureInfo.InvariantCulture, $"stonith_admin{(options.Tag is { } tag ? "." + tag : "")}.{processId}"));
}
