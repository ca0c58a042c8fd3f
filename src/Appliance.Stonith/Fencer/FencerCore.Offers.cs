using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Diagnostics;

namespace Appliance.Stonith.Fencer;

/// <summary>Whether a device can be used now, as far as was last seen.</summary>
/// <param name="At">When it was last asked.</param>
/// <param name="Took">How long it took to answer: what a fence would take at least.</param>
public sealed record DeviceReadiness(string Device, bool IsReady, string Sentence, Instant At, TimeSpan Took);

public sealed partial class FencerCore
{
    /// <summary>A device's own list of outlets is good for so long (Pacemaker).</summary>
    private static readonly TimeSpan ListIsFresh = TimeSpan.FromSeconds(60);

    /// <summary>Every device is asked so often whether it would work (3.0.6 asks every 3600 s); nothing is switched.</summary>
    public static readonly TimeSpan ProbeEvery = TimeSpan.FromMinutes(10);

    /// <summary>What a probe or a list may take.</summary>
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(60);

    private readonly SortedDictionary<string, (Instant At, ImmutableSortedSet<string> Nodes)> _lists = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, DeviceReadiness> _readiness = new(StringComparer.Ordinal);
    private Instant _probeAt = Instant.Never;

    /// <summary>Devices, and whether they would work now.</summary>
    public ImmutableArray<DeviceReadiness> Readiness => [.. _readiness.Values];

    private Instant NextProbe => _devices.Count == 0 ? Instant.Never : _probeAt;

    private void ProbeSoon(Instant now) => _probeAt = now;

    private void TickOffers(Instant now)
    {
        if (_probeAt > now || _devices.Count == 0) return;
        _probeAt = now + ProbeEvery;
        foreach (var device in _devices.Values.Where(d => d.Enabled)) Look(device, FenceAction.Monitor, _me, now, static (_, _) => { });
    }

    private void ForgetDevicesNotIn(SortedDictionary<string, FencingDevice>.KeyCollection ids)
    {
        foreach (var gone in _readiness.Keys.Where(k => !ids.Contains(k)).ToList()) _readiness.Remove(gone);
        _lists.Clear();
    }

    /// <summary>Asks a device something that switches nothing, and notes whether it answered.</summary>
    private void Look(FencingDevice device, FenceAction action, string target, Instant now, Action<DeviceVerdict, Instant> then) =>
        _queue.Add(device, action, target, device.Timeouts.GetValueOrDefault(action, ProbeTime), TimeSpan.Zero, now, (verdict, at) =>
        {
            // A status of another machine's outlet can fail for that outlet alone: only monitor and list speak for the device.
            if (action != FenceAction.Status && !verdict.WasCancelled)
            {
                // What lets this node in again at its start says no before it has done so, and is asked again after: that is no fault yet.
                if (!verdict.IsProven && device.Abilities.UnfencesOnTarget && !_readiness.ContainsKey(device.Id)) Log(LogPriority.Info, $"fencing device {device.Id} is not ready yet: {verdict.Sentence}");
                else if (_readiness.GetValueOrDefault(device.Id)?.IsReady != verdict.IsProven)
                    Log(verdict.IsProven ? LogPriority.Info : LogPriority.Error, verdict.IsProven ? $"fencing device {device.Id} is ready" : $"fencing device {device.Id} would not work now: {verdict.Sentence}");
                _readiness[device.Id] = new(device.Id, verdict.IsProven, verdict.Sentence, at, at - now);
            }
            then(verdict, at);
        });

    private void Asked(string from, FencerMessage.Query query, Instant now) =>
        FindOffers(query.Target, query.Action, query.Timeout, now, offers => Say(from, new FencerMessage.Offers(query.OrderId, offers)));

    /// <summary>Which of our devices can do this; some must be asked first, so the answer may come later.</summary>
    private void FindOffers(string target, FenceAction action, TimeSpan timeout, Instant now, Action<ImmutableArray<DeviceOffer>> found)
    {
        // A registration belongs to the way from one machine to the disk: nobody else can make it.
        var usable = _devices.Values.Where(d => d.Enabled && (action != FenceAction.On || (d.Abilities.On && (!d.Abilities.UnfencesOnTarget || target == _me)))).ToList();
        var offers = new SortedDictionary<string, DeviceOffer>(StringComparer.Ordinal);
        var waiting = usable.Count + 1;
        foreach (var device in usable)
            CanFence(device, target, now, can =>
            {
                if (can) offers[device.Id] = new(device.Id, device.TimeFor(action, target, timeout), _readiness.GetValueOrDefault(device.Id)?.IsReady == true, device.Abilities.UnfencesAutomatically);
                if (--waiting == 0) found([.. offers.Values]);
            });
        if (--waiting == 0) found([.. offers.Values]);
    }

    private void CanFence(FencingDevice device, string target, Instant now, Action<bool> answer)
    {
        switch (device.Check)
        {
            case HostCheck.None: answer(true); break;
            case HostCheck.StaticList: answer(device.Hosts.Contains(target)); break;
            case HostCheck.DynamicList when _lists.TryGetValue(device.Id, out var list) && now - list.At < ListIsFresh: answer(Lists(device, list.Nodes, target)); break;
            case HostCheck.DynamicList:
                Look(device, FenceAction.List, target, now, (verdict, at) =>
                {
                    if (!verdict.IsProven)
                    {
                        answer(false);
                        return;
                    }
                    var names = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
                    foreach (var outlet in verdict.Outlets)
                    {
                        names.Add(outlet.Plug);
                        if (outlet.Label.Length > 0) names.Add(outlet.Label);
                    }
                    _lists[device.Id] = (at, names.ToImmutable());
                    answer(Lists(device, _lists[device.Id].Nodes, target));
                });
                break;
            case HostCheck.Status: Look(device, FenceAction.Status, target, now, (verdict, _) => answer(verdict.IsProven)); break;
        }
    }

    /// <summary>A listed name is a node's when it is its outlet's.</summary>
    private static bool Lists(FencingDevice device, ImmutableSortedSet<string> listed, string target) => device.PlugsOf(target).All(listed.Contains);

    private void Execute(string from, FencerMessage.Execute execute, Instant now)
    {
        if (!_devices.TryGetValue(execute.Device, out var device) || !device.Enabled)
        {
            Say(from, new FencerMessage.Executed(execute.OrderId, execute.Step, VerdictKind.Unsupported, $"{_me} has no device {execute.Device}"));
            return;
        }
        _queue.Add(device, execute.Action, execute.Target, execute.Timeout, execute.Delay, now,
            (verdict, _) => Say(from, new FencerMessage.Executed(execute.OrderId, execute.Step, verdict.Kind, verdict.Sentence)), Switching(execute.OrderId, execute.Action, execute.Target));
    }
}
