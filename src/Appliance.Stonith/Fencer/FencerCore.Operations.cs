using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Diagnostics;

namespace Appliance.Stonith.Fencer;

public sealed partial class FencerCore
{
    /// <summary>How much longer than its parts a whole may take (Pacemaker's factor).</summary>
    private const double Slack = 1.2;

    private readonly SortedDictionary<string, Operation> _operations = new(StringComparer.Ordinal);

    /// <summary>Orders of ours that wait for the end of another node's operation: by its id.</summary>
    private readonly SortedDictionary<string, List<FencingOrder>> _attached = new(StringComparer.Ordinal);

    private void Ordered(FencingOrder order, Instant now)
    {
        // A time in the future is another clock's: how long ago it was nobody can say, and the node may run again since.
        if (order.Tolerance > TimeSpan.Zero && _history.LastDone(order.Target, order.Action) is { Completed: { } at } && at <= _wall && _wall - at <= order.Tolerance)
        {
            Answer(new(order.Id, FencingOutcome.Done, $"{order.Target} was fenced {(_wall - at).TotalSeconds:0} s ago, which is recent enough", null));
            return;
        }
        if (_operations.Values.FirstOrDefault(o => o.Order.Target == order.Target && o.Order.Action == order.Action) is { } same)
        {
            Log(LogPriority.Info, $"fencing of {order.Target} for {order.Client} joins the one under way for {same.Order.Client}");
            same.Duplicates.Add(order.Id);
            return;
        }
        if (_history.Records.FirstOrDefault(r => r.Completed is null && r.Target == order.Target && r.Action == order.Action && r.Origin != _me && r.Origin != order.Target && _members.Contains(r.Origin)) is { } theirs)
        {
            Log(LogPriority.Info, $"fencing of {order.Target} for {order.Client} waits for the one that {theirs.Origin} has under way");
            if (!_attached.TryGetValue(theirs.Id, out var waiting)) _attached[theirs.Id] = waiting = [];
            waiting.Add(order);
            return;
        }
        if (HandsOver(order, now)) return;
        Carry(order, now);
    }

    private void Carry(FencingOrder order, Instant now)
    {
        var operation = new Operation(order, _members, now + order.Timeout * Slack);
        _operations[order.Id] = operation;
        Log(LogPriority.Notice, $"fencing ({Verb(order.Action)}) of {order.Target} is asked for by {order.Client}");
        Record(operation, FencingState.Query, null, "");
        foreach (var peer in _members.Where(m => m != _me)) Say(peer, new FencerMessage.Query(order.Id, order.Target, order.Action, order.Timeout));
        FindOffers(order.Target, order.Action, order.Timeout, now, offers => Offered(_me, order.Id, offers, now));
    }

    private void Offered(string from, string orderId, ImmutableArray<DeviceOffer> offers, Instant now)
    {
        if (!_operations.TryGetValue(orderId, out var operation) || !operation.Unanswered.Remove(from)) return;
        operation.Offers[from] = new(from, offers);
        if (!operation.IsRunning && IsEnough(operation)) Begin(operation, now);
    }

    /// <summary>With topology: all its devices are found. Without: somebody other than the target has a device that is known to work. Else all must have answered.</summary>
    private bool IsEnough(Operation operation)
    {
        if (operation.Unanswered.Count == 0) return true;
        var target = operation.Order.Target;
        var levels = _topology.For(target, name => Attributes(target, name));
        return levels.IsEmpty
            ? operation.Offers.Values.Any(o => o.Node != target && o.HasVerified)
            : Flat(levels).TrueForAll(operation.IsOffered);
    }

    private void Begin(Operation operation, Instant now)
    {
        var (order, target) = (operation.Order, operation.Order.Target);
        var levels = _topology.For(target, name => Attributes(target, name));
        operation.HasTopology = !levels.IsEmpty;
        operation.Sets = operation.HasTopology ? levels : [.. DevicesOfOnePeer(operation).ConvertAll(d => ImmutableArray.Create(d))];
        if (operation.Sets.IsEmpty)
        {
            End(operation, FencingOutcome.NoDevice, $"no node has a device that can fence {target}", now);
            return;
        }
        operation.EndBy = now + Slack * TimeSpan.FromTicks(Flat(operation.Sets).Sum(d => Time(operation, d).Ticks));
        Record(operation, FencingState.Execute, null, "");
        Enter(operation, 0, now);
    }

    /// <summary>Without topology all devices of one node are tried in turn: a node with verified devices first, the one with most; the target last of all.</summary>
    private static List<string> DevicesOfOnePeer(Operation operation)
    {
        var peer = operation.Offers.Values.Where(o => !o.Devices.IsEmpty)
            .OrderBy(o => o.Node == operation.Order.Target).ThenByDescending(o => o.HasVerified).ThenByDescending(o => o.Devices.Length).ThenBy(o => o.Node, StringComparer.Ordinal).FirstOrDefault();
        return peer is null ? [] : [.. peer.Devices.OrderByDescending(d => d.Verified).ThenBy(d => d.Device, StringComparer.Ordinal).Select(d => d.Device)];
    }

    private static List<string> Flat(ImmutableArray<ImmutableArray<string>> sets)
    {
        var all = new List<string>();
        foreach (var set in sets) all.AddRange(set);
        return all;
    }

    private void Enter(Operation operation, int set, Instant now)
    {
        if (set >= operation.Sets.Length)
        {
            End(operation, FencingOutcome.Failed, string.Join("; ", operation.Failures), now);
            return;
        }
        (operation.Set, operation.Device) = (set, 0);
        operation.Phase = operation.Order.Action == FenceAction.Reboot && operation.Sets[set].Length > 1 ? Phase.AllOff : Phase.AsAsked;
        if (operation.Phase == Phase.AllOff) Log(LogPriority.Info, $"reboot of {operation.Order.Target} by {operation.Sets[set].Length} devices: all off, then all on");
        RunStep(operation, now);
    }

    private void RunStep(Operation operation, Instant now)
    {
        var (device, target) = (operation.CurrentDevice, operation.Order.Target);
        if (operation.Phase == Phase.AllOn && operation.Offers.Values.Any(o => o.Of(device) is { Automatic: true }))
        {
            Proceed(operation, now);        // it lets the node in by itself when it joins
            return;
        }
        var executor = operation.Offers.Values.Where(o => o.Of(device) is not null && _members.Contains(o.Node) && !operation.Gone.Contains(o.Node)
                && (operation.Phase != Phase.AllOn || o.Node != target))
            .OrderBy(o => o.Node == target).ThenByDescending(o => o.Of(device)!.Verified).ThenBy(o => o.Node != _me).ThenBy(o => o.Node, StringComparer.Ordinal)
            .FirstOrDefault()?.Node;
        if (executor is null)
        {
            Failed(operation, $"no node can use {device}", now);
            return;
        }
        var step = ++operation.Step;
        operation.Executor = executor;
        var time = Time(operation, device);
        operation.StepBy = now + Slack * time;
        if (executor != _me) Say(executor, new FencerMessage.Execute(operation.Order.Id, step, device, operation.Action, target, time, operation.Order.Delay));
        else if (!_devices.TryGetValue(device, out var own)) Failed(operation, $"{device} was removed meanwhile", now);
        else
            _queue.Add(own, operation.Action, target, time, operation.Order.Delay, now,
                (verdict, at) => Executed(_me, operation.Order.Id, step, verdict.IsProven, verdict.Sentence, at), Switching(operation.Order.Id, operation.Action, target));
    }

    /// <summary>Says so before each try to cut a node off.</summary>
    private Action? Switching(string orderId, FenceAction action, string target) => action is FenceAction.Off or FenceAction.Reboot ? () => Add(new FencerEffect.Switching(orderId, target)) : null;

    private void Executed(string from, string orderId, int step, bool proven, string sentence, Instant now)
    {
        if (!_operations.TryGetValue(orderId, out var operation) || operation.Step != step || operation.Executor != from) return;
        var told = $"{operation.CurrentDevice} on {from}: {sentence}";
        if (!proven)
        {
            Failed(operation, told, now);
            return;
        }
        Log(LogPriority.Info, $"{Verb(operation.Action)} of {operation.Order.Target}: {told}");
        if (operation.Phase != Phase.AllOn) operation.Delegate = from;
        Proceed(operation, now);
    }

    /// <summary>The present device is done with: the next one, the other half, or the end.</summary>
    private void Proceed(Operation operation, Instant now)
    {
        (operation.Executor, operation.StepBy) = (null, Instant.Never);
        operation.Gone.Clear();
        if (++operation.Device < operation.Sets[operation.Set].Length)
        {
            RunStep(operation, now);
            return;
        }
        if (operation.Phase != Phase.AllOff)
        {
            End(operation, FencingOutcome.Done, "", now);
            return;
        }
        (operation.Phase, operation.Device) = (Phase.AllOn, 0);
        RunStep(operation, now);
    }

    private void Failed(Operation operation, string why, Instant now)
    {
        Log(LogPriority.Error, $"{Verb(operation.Action)} of {operation.Order.Target} failed: {why}");
        operation.Failures.Add(why);
        if (operation.Phase == Phase.AllOn) Proceed(operation, now);        // it is off, and that is what counts
        else
        {
            (operation.Executor, operation.StepBy) = (null, Instant.Never);
            operation.Gone.Clear();
            Enter(operation, operation.Set + 1, now);
        }
    }

    private void TickOperations(Instant now)
    {
        foreach (var operation in _operations.Values.ToList())
        {
            if (!operation.IsRunning)
            {
                if (operation.AnswersBy <= now) Begin(operation, now);
            }
            else if (operation.EndBy <= now)
            {
                // Off is proven when the on half is what took too long.
                if (operation.Phase == Phase.AllOn) End(operation, FencingOutcome.Done, "it did not come on in time", now);
                else End(operation, FencingOutcome.TimedOut, $"fencing did not end in time; {string.Join("; ", operation.Failures)}".TrimEnd(' ', ';'), now);
            }
            else if (operation.StepBy <= now) Failed(operation, $"{operation.CurrentDevice} on {operation.Executor} did not answer in time", now);
        }
    }

    /// <summary>A node is gone: it neither answers nor executes, and what it had under way is nobody's.</summary>
    private void Left(string node, Instant now)
    {
        foreach (var operation in _operations.Values.ToList())
        {
            if (!operation.IsRunning)
            {
                operation.Offers.Remove(node);
                if (operation.Unanswered.Remove(node) && IsEnough(operation)) Begin(operation, now);
            }
            else if (operation.Executor == node)
            {
                Log(LogPriority.Warn, $"{node} went away while it used {operation.CurrentDevice} on {operation.Order.Target}");
                operation.Gone.Add(node);
                RunStep(operation, now);        // another node may have the device too; if none has, the next set
            }
        }
        Abandon(node, [], $"{node} went away", now);
    }

    /// <summary>What a device may take: the longest that any node says.</summary>
    private static TimeSpan Time(Operation operation, string device)
    {
        TimeSpan? longest = null;
        foreach (var node in operation.Offers.Values)
            if (node.Of(device) is { } offer && !(longest > offer.Time)) longest = offer.Time;
        return (longest ?? operation.Order.Timeout) + (operation.Order.Delay > TimeSpan.Zero ? operation.Order.Delay : TimeSpan.Zero);
    }

    private void End(Operation operation, FencingOutcome outcome, string sentence, Instant now)
    {
        _ = now;
        _operations.Remove(operation.Order.Id);
        var done = outcome == FencingOutcome.Done;
        if (!done) operation.Delegate = null;
        Log(done ? LogPriority.Notice : LogPriority.Error, done
            ? $"fencing ({Verb(operation.Order.Action)}) of {operation.Order.Target} is proven, by {operation.Delegate}"
            : $"fencing ({Verb(operation.Order.Action)}) of {operation.Order.Target} failed: {sentence}");
        Record(operation, done ? FencingState.Done : FencingState.Failed, _wall, sentence);
        foreach (var id in operation.Duplicates.Prepend(operation.Order.Id)) Answer(new(id, outcome, sentence, operation.Delegate));
    }

    /// <summary>As Pacemaker's tools say it.</summary>
    public static string Verb(FenceAction action) => action switch { FenceAction.Off => "turning off", FenceAction.On => "unfencing", FenceAction.Reboot => "reboot", _ => action.ToString() };
}
