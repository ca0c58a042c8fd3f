using System.Collections.Immutable;
using Appliance.Commands;
using Appliance.Core;
using Appliance.Fencing;
using Appliance.Linux;
using Appliance.Stonith;
using Appliance.Stonith.Cluster;
using Appliance.Stonith.Fencer;

namespace Appliance.Control;

/// <summary>Answers what command-line tools ask of the fencer. On the control thread only.</summary>
/// <param name="slots">This node's mailboxes; <c>null</c>: it has none.</param>
internal sealed class FencingDesk(FencerHost fencer, IDeviceRunner devices, Func<Instant, SlotsView?>? slots = null)
{
    /// <summary>Everything the fencer takes begins with this word.</summary>
    public static bool Takes(string verb) => verb is "fencing" or "fence" or "fence-confirm" or "fence-clean" or "fence-probe" or "fence-register" or "fence-deregister" or "fence-level" or "fence-unlevel";

    public void Ask(ControlRequest request, Action<ControlAnswer> answer, Instant now)
    {
        if (request is { Do: not "fencing", Fencing: null })
        {
            answer(ControlAnswer.Failed($"'{request.Do}' needs its parameters"));
            return;
        }
        if (request.Fencing is { } given && LacksAWord(given))
        {
            answer(ControlAnswer.Failed("the request lacks a word"));
            return;
        }
        switch (request.Do)
        {
            case "fencing":
                answer(new(true, Fencing: new() { Devices = Devices(now), History = History(), SharedDisks = slots?.Invoke(now) }));
                break;
            case "fence" when request.Fencing!.Target is { Length: > 0 } target && Enum.TryParse<FenceAction>(request.Fencing.Action, true, out var action)
                && action is FenceAction.Off or FenceAction.On or FenceAction.Reboot:
                fencer.Order(new(target, action, Span(request.Fencing.TimeoutMs), request.Fencing.Client) { Tolerance = Span(request.Fencing.ToleranceMs), Delay = Span(request.Fencing.DelayMs) },
                    end => answer(new(true, Fencing: new() { Outcome = end.Outcome.ToString().ToLowerInvariant(), Delegate = end.Delegate, Sentence = end.Sentence })));
                break;
            case "fence-confirm" when request.Fencing!.Target == fencer.Node:
                answer(ControlAnswer.Failed($"{fencer.Node} is this machine, and it runs: confirm at another node what you have seen to be off"));
                break;
            case "fence-confirm" when request.Fencing!.Target is { Length: > 0 } target:
                fencer.Confirm(target, request.Fencing.Client);
                answer(new(true));
                break;
            case "fence-clean":
                fencer.Clean(request.Fencing!.Target);
                answer(new(true));
                break;
            case "fence-register" when request.Fencing is { Target: { Length: > 0 } id, Agent: { Length: > 0 } agent } registered:
                devices.Learn(agent, () => Change(devices.Register(id, agent, registered.Parameters ?? []), answer));
                break;
            case "fence-deregister" when request.Fencing!.Target is { Length: > 0 } id:
                devices.Deregister(id);
                Change(null, answer);
                break;
            case "fence-level" when request.Fencing is { Target: { Length: > 0 } target, LevelDevices: { Length: > 0 } members } level:
                Change(devices.SetLevel(target, level.Level, members), answer);
                break;
            case "fence-unlevel" when request.Fencing is { Target: { Length: > 0 } target } level:
                Change(devices.SetLevel(target, level.Level, []), answer);
                break;
            case "fence-probe":
                fencer.Probe();
                answer(new(true));
                break;
            default:
                answer(ControlAnswer.Failed($"'{request.Do}' makes no sense without a node and off, on or reboot"));
                break;
        }
    }

    /// <summary>A line of JSON can leave out, or call null, what our own tools always say.</summary>
    private static bool LacksAWord(FencingRequest request)
    {
        if (request.Client is null) return true;
        foreach (var device in request.LevelDevices ?? [])
            if (device is null) return true;
        if (request.Parameters is { } parameters)
            foreach (var value in parameters.Values)
                if (value is null) return true;
        return false;
    }

    private void Change(string? problem, Action<ControlAnswer> answer)
    {
        if (problem is null) fencer.Reconfigure();
        answer(problem is null ? new(true) : ControlAnswer.Failed(problem));
    }

    private ImmutableArray<FencingDeviceView> Devices(Instant now) =>
    [
        .. devices.Devices.Select(d =>
        {
            var seen = fencer.Readiness.FirstOrDefault(r => r.Device == d.Id);
            var targets = d.Hosts.DefaultIfEmpty("").ToList();
            return new FencingDeviceView(d.Id, d.Agent, Word(d.Check), [.. d.Hosts], seen?.IsReady, seen?.Sentence ?? "", seen is null ? 0 : (now - seen.At).TotalMilliseconds, seen?.Took.TotalMilliseconds ?? 0,
                targets.Max(t => d.TimeFor(FenceAction.Reboot, t, FencingWish.DefaultTimeout)).TotalMilliseconds);
        }),
    ];

    private ImmutableArray<FencingEventView> History() =>
        [.. fencer.History.Select(r => new FencingEventView(r.Target, r.Action.ToString().ToLowerInvariant(), r.Origin, r.Client, r.Delegate, r.State.ToString().ToLowerInvariant(), r.Completed?.ToUnixTimeMilliseconds(), r.Reason))];

    private static string Word(HostCheck check) => check switch { HostCheck.StaticList => "static-list", HostCheck.DynamicList => "dynamic-list", HostCheck.Status => "status", _ => "none" };

    private static TimeSpan Span(long ms) => TimeSpan.FromMilliseconds(Math.Clamp(ms, -1, 86_400_000));
}
