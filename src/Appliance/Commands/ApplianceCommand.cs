using System.CommandLine;

namespace Appliance.Commands;

/// <summary>The command line of <c>appliance</c>'s own commands: what each takes, with help for each.</summary>
internal static class ApplianceCommand
{
    /// <summary>A command line that makes no sense; sysexits.h's EX_USAGE, apart from the statuses that mean something.</summary>
    private const int UsageError = 64;

    /// <summary>An applet that is a sub-command here.</summary>
    public static Func<string[], int> Applet(string command) => args => Run([command, .. args]);

    public static int Run(string[] args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Errors.Count == 0) return parsed.Invoke();
        foreach (var error in parsed.Errors) Console.Error.WriteLine($"appliance: {error.Message}");
        Console.Error.WriteLine($"Try 'appliance {parsed.CommandResult.Command.Name} --help'.");
        return UsageError;
    }

    private static RootCommand Root()
    {
        var json = new Option<bool>("--json") { Description = "One line of JSON" };
        var watch = new Option<bool>("--watch", "-w") { Description = "Again every second, until interrupted" };
        var probe = new Option<bool>("--probe") { Description = "Ask every device now (nothing is switched); the answers show the next time" };
        var key = new Argument<string>("KEY") { Description = "The group's first resource, as in haresources" };
        var state = new Argument<string>("STATE") { Description = "on or off" };
        state.AcceptOnlyFromAmong("on", "off");
        var group = new Argument<string?>("KEY") { Description = "The group's first resource, as in haresources; without it all groups", Arity = ArgumentArity.ZeroOrOne };
        var node = new Argument<string>("NODE") { Description = "The node that is reset" };
        var yes = new Option<bool>("--yes") { Description = "Do not ask: reset it" };
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong(CompletionCommand.Shells);
        var unit = new Argument<string>("UNIT") { Description = "A unit's name (.service may be left out), or the word list: names of all units there are" };
        var action = new Argument<string>("ACTION") { Description = string.Join(", ", SystemdCommand.Actions), DefaultValueFactory = _ => "" };
        var timeout = new Option<double>("--timeout") { Description = "Seconds the action may take", DefaultValueFactory = _ => 100 };
        var interval = new Option<double>("--interval") { Description = "Seconds between monitors when there are several" };
        var count = new Option<int>("--count") { Description = "Monitor so often, until it does not run, and say what one costs", DefaultValueFactory = _ => 1 };
        return new RootCommand("Two machines, one service: heartbeats, takeover, and what runs where.")
        {
            Of("status", "Nodes, links and resources, and why each is where it is. Exit status: 0 well, 1 degraded, 2 not running", p => StatusCommand.Run(p.GetValue(json), p.GetValue(watch)), json, watch),
            Of("links", "What each link has shown, and the dead time that makes safe. Exit status: 0, 2 not running", p => LinksCommand.Run(p.GetValue(json)), json),
            Of("operations", "What this node last did with each resource, how it ended and how long it took. Exit status: 0 well, 1 a failure is remembered, 2 not running", p => OperationsCommand.Run(p.GetValue(json)), json),
            Of("fencing", "Fencing devices of this node: would they work now, how long would it take, and what was fenced. Exit status: 0 all ready, 1 not, 2 not running", p => FencingTools.FencingCommand.Run(p.GetValue(json), p.GetValue(probe)), json, probe),
            Of("rehearse", "Prove that fencing NODE would work, and with your consent that it hits the right machine: NODE is really reset. Exit status: 0 proven, 1 not, 2 not running, 3 only asked", p => FencingTools.Rehearsal.Run(p.GetValue(node)!, p.GetValue(yes)), node, yes),
            Of("cleanup", "Release a resource group that is blocked by a failed stop, or failed too often, once it is repaired", p => ActionCommands.Cleanup(p.GetValue(key)!), key),
            Of("monitor", "Stop or begin again to watch the resources of this node, while a service is stopped on purpose; off lasts until the machine boots", p => ActionCommands.Monitor(p.GetValue(state)!, p.GetValue(group)), state, group),
            Of("systemd", "Try a unit of systemd as the resource manager would run it. Exit status: OCF's (0, 1 failed, 5 missing or masked, 7 not running), 124 timed out", p => SystemdCommand.Run(p.GetValue(unit)!, p.GetValue(action)!, p.GetValue(timeout), p.GetValue(count), p.GetValue(interval)), unit, action, timeout, count, interval),
            Of("upgrade", "Restart the daemon in place with the installed binary; resources keep running", _ => ActionCommands.Upgrade()),
            EngineCommand.Make(),
            ResourceTools.AgentsCommand.Make(),
            Of("corosync-conf", "The nodes of a cluster with crm yes as a corosync.conf, from which pcs takes their names. Exit status: 0, 2 not running", _ => CorosyncConfCommand.Run()),
            Of("completion", "Print the completion script for a shell", p => CompletionCommand.Run(p.GetValue(shell)!), shell),
            Of("version", "Print the version", _ => Version()),
        };
    }

    private static int Version()
    {
        Console.Out.WriteLine($"appliance {StatusView.ProductVersion} (speaks with heartbeat {Pulse.HeartbeatApplet.ReferenceVersion})");
        return 0;
    }

    private static Command Of(string name, string description, Func<ParseResult, int> run, params Symbol[] symbols)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Option option) command.Options.Add(option);
            if (symbol is Argument argument) command.Arguments.Add(argument);
        }
        command.SetAction(run);
        return command;
    }
}
