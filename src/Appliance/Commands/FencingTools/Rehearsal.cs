using System.Diagnostics;
using System.Globalization;
using Appliance.Control;

namespace Appliance.Commands.FencingTools;

/// <summary><c>appliance rehearse NODE</c>: proves that fencing would work, and with the operator's consent that it hits the right machine.</summary>
/// <remarks>
/// A wrong outlet map looks like success: some machine loses its power, the device says "off", and the dead node's services are started beside it. So the rehearsal really resets NODE
/// and watches that the heartbeats which end are NODE's.
/// </remarks>
internal sealed class Rehearsal(TextWriter output, TextReader input, Func<ControlRequest, TimeSpan, ControlAnswer> ask)
{
    /// <summary>0 proven; 1 it would not work, or hit the wrong machine; 2 not running; 3 not consented: only the devices were asked.</summary>
    public const int Proven = 0, Failed = 1, NotRunning = 2, OnlyAsked = 3;

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(5), Long = TimeSpan.FromMinutes(20), ProbeTime = TimeSpan.FromSeconds(60), Look = TimeSpan.FromMilliseconds(20);

    /// <summary>A machine whose power was cut is silent for longer than any network stalls.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    public static int Run(string node, bool yes)
    {
        try
        {
            return new Rehearsal(Console.Out, Console.In, ControlClient.Once).Do(node, yes);
        }
        catch (NotRunningException e)
        {
            Console.Error.WriteLine($"appliance rehearse: {e.Message}");
            return NotRunning;
        }
    }

    public int Do(string node, bool yes)
    {
        var status = Status();
        if (status.Nodes.FirstOrDefault(n => n.Name == node && !n.IsPing) is not { } victim) return Say(Failed, $"{node} is no node of this cluster: {string.Join(' ', status.Nodes.Where(n => !n.IsPing).Select(n => n.Name))}");
        if (victim.IsLocal) return Say(Failed, $"{node} is this machine: rehearse from another one");
        if (!Devices(node)) return Failed;
        if (victim.Status != "active") return Say(Failed, $"{node} is {victim.Status}: only a machine that is heard can be seen to fall silent");
        if (!yes)
        {
            output.WriteLine($"\nThe rehearsal goes on by RESETTING {node}: its power is cut and given back, and its services move.");
            foreach (var group in status.Groups.Where(g => g.Owner == node)) output.WriteLine($"  {group.Key} runs there now");
            output.Write($"Type the node's name to do it, or Enter to stop here: ");
            output.Flush();
            if (input.ReadLine()?.Trim() != node) return Say(OnlyAsked, "Nothing was switched.");
        }
        return Reset(node);
    }

    /// <summary>Asks every device that could fence the node; says what it said.</summary>
    private bool Devices(string node)
    {
        _ = ask(new("fence-probe", Fencing: new(null, null, 0, 0, 0, "rehearsal")), Short);
        var clock = Stopwatch.StartNew();
        FencingView view;
        do
        {
            Thread.Sleep(100);
            view = ask(new("fencing"), Short).Fencing ?? throw new NotRunningException("the fencer gave no answer", running: true);
        }
        while (clock.Elapsed < ProbeTime && view.Devices.Any(d => d.Ready is null || d.AgeMs > clock.Elapsed.TotalMilliseconds));
        var able = view.Devices.Where(d => d.Targets.IsEmpty || d.Targets.Contains(node)).ToList();
        if (able.Count == 0)
        {
            output.WriteLine($"No device of this machine fences {node}: give ha.cf a stonith_host line for it.");
            return false;
        }
        foreach (var device in able)
            output.WriteLine($"{device.Id} ({device.Agent}): {(device.Ready == true ? $"ready, answered in {Durations.Text(device.TookMs)}" : $"NOT READY: {device.Sentence}")}; fences {node} in at most {Durations.Text(device.FenceWithinMs)}");
        return able.Exists(d => d.Ready == true) || Say(Failed, "None of them would work now.") == Proven;
    }

    private int Reset(string node)
    {
        ControlAnswer? end = null;
        Exception? lost = null;
        var others = Status().Nodes.Where(n => !n.IsLocal && !n.IsPing && n.Name != node && n.Status == "active").Select(n => n.Name).ToHashSet(StringComparer.Ordinal);
        var clock = Stopwatch.StartNew();
        output.WriteLine($"\n{0,8:0} ms  reset of {node} is ordered");
        var order = new Thread(() =>
        {
            try
            {
                end = ask(new("fence", Fencing: new(node, "reboot", 120_000, 0, -1, string.Create(CultureInfo.InvariantCulture, $"rehearsal.{Environment.ProcessId}"))), Long);
            }
            catch (NotRunningException e)
            {
                lost = e;
            }
        })
        { IsBackground = true };
        order.Start();
        var (answered, lastBeat) = ((double?)null, 0.0);
        while (true)
        {
            Thread.Sleep(Look);
            var status = Status();
            var now = clock.Elapsed.TotalMilliseconds;
            if (status.Nodes.FirstOrDefault(n => n.Name == node)?.SinceLastBeatMs is { } since) lastBeat = Math.Max(lastBeat, now - since);
            foreach (var other in status.Nodes.Where(n => others.Contains(n.Name) && n.SinceLastBeatMs > Silence.TotalMilliseconds))
                return Say(Failed, $"{now,8:0} ms  WRONG MACHINE: {other.Name} fell silent. Correct the outlets or addresses before anything depends on them.");
            if (answered is null && (end is not null || lost is not null))
            {
                if (lost is not null) throw lost;
                if (end!.Fencing?.Outcome != "done") return Say(Failed, $"{now,8:0} ms  the reset failed: {end.Fencing?.Sentence ?? end.Error}");
                answered = now;
                output.WriteLine($"{now,8:0} ms  power off is proven, by {end.Fencing.Delegate}{(end.Fencing.Sentence is { Length: > 0 } sentence ? $": {sentence}" : "")}");
            }
            if (now - lastBeat > Silence.TotalMilliseconds && answered is not null)
            {
                output.WriteLine($"{lastBeat,8:0} ms  last heartbeat of {node}");
                return Say(Proven, $"\nProven: the machine whose power was cut is {node}. It takes {Durations.Text(answered.Value)} from the order to the proof.");
            }
            // Off and on again within a heartbeat's silence would be a machine that was never off.
            if (answered is { } proof && now - proof > 2 * Silence.TotalMilliseconds && lastBeat > proof + 1000)
                return Say(Failed, $"{now,8:0} ms  WRONG MACHINE: {node} is heard as before, {Durations.Text(lastBeat - proof)} after its power was \"off\". Correct the outlets or addresses before anything depends on them.");
        }
    }

    private StatusView Status() => ask(new("status"), Short).Status ?? throw new NotRunningException("the daemon gave no answer", running: true);

    private int Say(int status, string sentence)
    {
        output.WriteLine(sentence);
        return status;
    }
}
