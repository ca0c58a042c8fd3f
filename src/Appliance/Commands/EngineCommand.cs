using System.CommandLine;
using System.Diagnostics;
using Appliance.Control;
using Appliance.Crm.Move;

namespace Appliance.Commands;

/// <summary><c>appliance engine</c>: which engine manages, and the move to the other one while services run. Exit status: 0 done (or possible), 1 not, 2 not running, 3 it goes on.</summary>
internal static class EngineCommand
{
    private const int Done = 0, Refused = 1, GoesOn = 3;
    private static readonly TimeSpan AnswerWithin = EngineMove.CheckedWithin + TimeSpan.FromSeconds(10), AskEvery = TimeSpan.FromMilliseconds(500);

    public static Command Make()
    {
        var engine = new Argument<string?>("ENGINE") { Description = "crm: move to the CRM. haresources: move back. withdraw: a move that waits is not to be done. Without it: how things stand", Arity = ArgumentArity.ZeroOrOne };
        engine.AcceptOnlyFromAmong("crm", "haresources", "withdraw");
        var check = new Option<bool>("--check") { Description = "Only say whether it could be done, and why not" };
        var fresh = new Option<bool>("--fresh") { Description = "With crm: put a CIB aside that is on the disks from before, and make one of haresources" };
        var within = new Option<int>("--timeout") { Description = "Seconds to wait for its end", DefaultValueFactory = _ => 300 };
        var command = new Command("engine", "Say who manages resources, haresources (crm no) or the CRM (crm yes), or move both nodes to the other while services run. Say crm yes (or no) in ha.cf on both nodes first; one command on either does the rest. "
            + "Nothing is changed where anything speaks against it. Exit status: 0 done, 1 not, 2 not running, 3 not over yet") { engine, check, fresh, within };
        command.SetAction(p => Run(p.GetValue(engine), p.GetValue(check), p.GetValue(fresh), TimeSpan.FromSeconds(p.GetValue(within))));
        return command;
    }

    private static int Run(string? engine, bool check, bool fresh, TimeSpan within)
    {
        try
        {
            if (engine is null) return Show();
            var answer = Ask(engine, check, fresh);
            if (answer is { Ok: false })
            {
                Console.Error.WriteLine($"appliance engine: {answer.Error}");
                if (engine != "withdraw" && !check) Console.Error.WriteLine("Nothing was changed. ha.cf counts at the next start of the daemon: put it back on all nodes, or mend what is said above and try again.");
                return Refused;
            }
            if (answer is not null) Console.Out.WriteLine(answer.Text);
            return check || engine == "withdraw" || answer?.Text?.EndsWith("nothing to do", StringComparison.Ordinal) == true ? Done : Follow(engine == "crm", within);
        }
        catch (NotRunningException e)
        {
            Console.Error.WriteLine($"appliance engine: {e.Message}");
            return StatusCommand.NotRunning;
        }
    }

    /// <returns>Null: the daemon went before it could answer, as it does when it switches.</returns>
    private static ControlAnswer? Ask(string engine, bool check, bool fresh)
    {
        try
        {
            return ControlClient.Once(new("engine", Name: engine, Key: $"{(check ? "check" : "")} {(fresh ? "fresh" : "")}".Trim()), AnswerWithin);
        }
        catch (NotRunningException e) when (e.Running && !check)
        {
            return null;
        }
    }

    private static int Show()
    {
        var status = ControlClient.Once(new("status"), AnswerWithin).Status ?? throw new NotRunningException("the daemon gave no answer", running: true);
        Console.Out.WriteLine($"{status.Node}: {(status.Crm is not null ? "the CRM manages (crm yes)" : "haresources manages (crm no)")}");
        if (Sentence() is { Length: > 0 } sentence) Console.Out.WriteLine(sentence);
        return Done;
    }

    private static string Sentence() => ControlClient.Once(new("engine"), AnswerWithin).Text ?? "";

    /// <summary>Says how it goes on, until the engine that is wanted manages and is at rest.</summary>
    private static int Follow(bool toCrm, TimeSpan within)
    {
        var watch = Stopwatch.StartNew();
        var said = "";
        while (watch.Elapsed < within)
        {
            Thread.Sleep(AskEvery);
            var now = "the daemon restarts in place";
            try
            {
                var status = ControlClient.Once(new("status"), TimeSpan.FromSeconds(5)).Status;
                now = Sentence();
                var isThere = status is not null && status.Crm is not null == toCrm;
                if (isThere && now.Length == 0 && status!.Stable)
                {
                    Console.Out.WriteLine(toCrm ? "The CRM manages; crm_mon shows its resources." : "haresources manages; appliance status shows its groups.");
                    return Done;
                }
                if (now.Length == 0) now = isThere ? $"{(toCrm ? "the CRM forms, and asks what runs" : "groups are asked what runs")}" : "the daemon goes on with the engine that it had";
            }
            catch (NotRunningException)
            {
            }
            if (now != said) Console.Out.WriteLine(now);
            said = now;
        }
        Console.Error.WriteLine("appliance engine: it is not over yet; appliance status says how it stands");
        return GoesOn;
    }
}
