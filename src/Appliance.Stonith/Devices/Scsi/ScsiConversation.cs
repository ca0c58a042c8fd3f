using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Scsi;

/// <summary>One order to the shared disks, disk after disk in the order of the configuration: of two nodes that fence each other one loses the first disk, and stops.</summary>
internal sealed class ScsiConversation(DeviceOrder order) : Conversation
{
    private readonly DiskTalk _disk = new(order.Parameters.Seconds("power_timeout") is var time && time > TimeSpan.Zero ? time : TimeSpan.FromSeconds(20));
    private readonly Parties _parties = Parties.Of(order);

    /// <summary>Why a disk is not as it should be; ends the conversation.</summary>
    private DeviceVerdict? _trouble;

    /// <summary>What came of the last change while it was on its way.</summary>
    private DeviceVerdict? _lost;
    private ImmutableArray<string> Devices => order.Parameters.List("devices");

    public override IEnumerable<Step> Steps()
    {
        if (_parties.Problem is { } problem)
        {
            Verdict = problem;
            yield break;
        }
        var delay = order.Parameters.Seconds("delay");
        if (delay > TimeSpan.Zero && order.Action == FenceAction.Off) yield return new Pause(delay);
        var steps = order.Action switch
        {
            FenceAction.On => Register(),
            FenceAction.Off => CutOff(),
            FenceAction.Status => Report(),
            FenceAction.Monitor => LookAfter(),
            FenceAction.List => new ScsiListing(order, _disk, _parties, verdict => Verdict = verdict).Steps(),
            _ => [],
        };
        foreach (var step in steps) yield return step;
        Verdict ??= _trouble ?? new(VerdictKind.Unsupported, $"shared disks know no {order.Action.ToString().ToLowerInvariant()}: a node is cut off from them, and its machine stays on");
    }

    /// <summary>Off is said only of a node that can write none of the disks: what leaves that open, before a fencing as after it, is not rounded to off.</summary>
    private IEnumerable<Step> Report()
    {
        var (key, listing, open) = (_parties.Theirs!.Value, new List<string>(), new List<string>());
        DeviceVerdict? doubt = null;
        foreach (var device in Devices)
        {
            Doing = $"reading the keys of {device}";
            foreach (var step in _disk.Look(device)) yield return step;
            if ((_trouble = _disk.Trouble) is not null) yield break;
            if (_disk.Keys.Contains(key)) listing.Add(device);
            else if (!_disk.IsReserved) open.Add(device);
            else doubt ??= Doubt(device, key, wasListed: false);
        }
        Verdict = listing.Count > 0 ? DeviceVerdict.Is(PowerState.On, $"{_parties.Target} is registered with {string.Join(", ", listing)}")
            : open.Count > 0 ? DeviceVerdict.Is(PowerState.On, $"{string.Join(", ", open)} is not reserved for registered nodes: {_parties.Target} could write it without a key")
            : doubt ?? DeviceVerdict.Is(PowerState.Off, $"the key of {_parties.Target} is registered with none of the disks");
    }

    /// <summary>Could we fence now? Only who is registered can.</summary>
    private IEnumerable<Step> LookAfter()
    {
        foreach (var device in Devices)
        {
            Doing = $"reading the keys of {device}";
            foreach (var step in _disk.Look(device)) yield return step;
            _trouble = _disk.Trouble
                ?? (!_disk.IsReserved ? new(VerdictKind.NotAllowed, $"{device} is not reserved for registered nodes (type {_disk.Holder.Type}): it is no fence until a node is unfenced (on)") : NotListed(device, _parties.Theirs!.Value));
            if (_trouble is not null) yield break;
        }
        Verdict = DeviceVerdict.Is(PowerState.On, $"our own key is registered with {string.Join(", ", Devices)}");
    }

    private IEnumerable<Step> Register()
    {
        var key = _parties.Theirs!.Value;
        if (ScsiKeys.ArePlugs(order.Parameters) ? _parties.Own is { } own && own != key : _parties.Me.Length > 0 && _parties.Target != _parties.Me)
        {
            _trouble = new(VerdictKind.Unsupported, $"{_parties.Target} must register itself: a registration belongs to the way from its own machine to the disk{(_parties.Me.Length > 0 ? $", and this is {_parties.Me}" : "")}");
            yield break;
        }
        var unnoted = "";
        foreach (var device in Devices)
        {
            Doing = $"registering with {device}";
            _lost = null;
            var find = new FindPaths(device);
            yield return find;
            foreach (var path in find.Paths.IsDefaultOrEmpty ? [device] : find.Paths)
            {
                var (command, parameters) = Reservations.RegisterAnyway(key, order.Parameters.Flag("aptpl"));
                foreach (var step in _disk.Send(path, command, parameters, 0)) yield return step;
                if ((_trouble = _disk.WasRefused ? new(VerdictKind.NotAllowed, $"{path} refuses the registration (reservation conflict): somebody else has reserved it for himself alone") : _disk.Trouble) is not null) yield break;
            }
            foreach (var step in _disk.Look(device)) yield return step;
            if ((_trouble = _disk.Trouble) is not null) yield break;
            if (_disk.Keys.Contains(key) && _disk.Holder.Type == 0)     // a conflict: somebody else was first, and the look tells who
                foreach (var step in _disk.Change(device, Reservations.Hold(key), lost => _lost = lost)) yield return step;
            _trouble = _disk.Trouble
                ?? (!_disk.Keys.Contains(key) ? new(VerdictKind.StillOn, $"{device} took the registration and does not list it")
                    : !_disk.IsReserved ? _lost ?? new(VerdictKind.NotAllowed, $"{device} is not reserved for registered nodes (type {_disk.Holder.Type}): it would not keep a node that is cut off from writing")
                    : null);
            if (_trouble is not null) yield break;
            var note = new NoteKey(device, key);
            yield return note;
            if (note.Failure is { } failure) unnoted = $"; that could not be noted ({failure}), so a later check will not miss the key";
        }
        Verdict = DeviceVerdict.Is(PowerState.On, $"registered with {string.Join(", ", Devices)}{unnoted}");
    }

    private IEnumerable<Step> CutOff()
    {
        var (own, target, already, rounds) = (_parties.Own!.Value, _parties.Theirs!.Value, true, Devices.Length > 1 ? 2 : 1);
        // With several disks all are looked at again at the end: meanwhile the target may have registered anew with the first.
        for (var round = 0; round < rounds; round++)
        {
            foreach (var device in Devices)
            {
                Doing = $"cutting {_parties.Target} off from {device}";
                _lost = null;
                foreach (var step in _disk.Look(device)) yield return step;
                if ((_trouble = _disk.Trouble ?? NotListed(device, own)) is not null) yield break;
                var wasListed = _disk.Keys.Contains(target);
                if (wasListed && round == 0)
                {
                    already = false;
                    foreach (var step in _disk.Change(device, Reservations.Preempt(own, target), lost => _lost = lost)) yield return step;
                    if ((_trouble = _disk.Trouble ?? Refused(device) ?? NotListed(device, own)) is not null) yield break;
                }
                if (_disk.Holder.Type == 0 && !_disk.Keys.Contains(target))
                {
                    foreach (var step in _disk.Change(device, Reservations.Hold(own), lost => _lost ??= lost)) yield return step;
                    // A conflict where somebody else holds the disk now: another registered node was first.
                    if ((_trouble = _disk.Trouble ?? (_disk.IsReserved ? null : Refused(device)) ?? NotListed(device, own)) is not null) yield break;
                }
                if ((_trouble = Doubt(device, target, wasListed || !already)) is not null) yield break;
            }
        }
        Verdict = DeviceVerdict.Is(PowerState.Off, already ? $"the key of {_parties.Target} was registered with none of the disks" : $"{_parties.Target} cannot write {string.Join(", ", Devices)} any more: its key is gone") with { WasAlready = already };
    }

    /// <summary>The key may be listed still, for a way to the disk that is dead: a machine that was started again has a new one.</summary>
    private DeviceVerdict? Refused(string device) => _disk.WasRefused ? new(VerdictKind.NotAllowed, $"{device} refuses (reservation conflict): this machine is not registered with it, it was fenced itself or never unfenced") : null;

    /// <summary>We cannot fence when we were fenced ourselves.</summary>
    private DeviceVerdict? NotListed(string device, ulong own) =>
        _disk.Keys.Contains(own) ? null : new(VerdictKind.NotAllowed, $"our own key is not registered with {device}: this node was fenced itself, or never unfenced");

    /// <summary>Why, after all that was done, the target may still write this disk; <c>null</c> when it cannot.</summary>
    private DeviceVerdict? Doubt(string device, ulong target, bool wasListed)
    {
        if (_disk.Keys.Contains(target)) return new(_lost?.Kind ?? VerdictKind.StillOn, $"{device} still lists the key of {_parties.Target}{(_lost is null ? "" : $": {_lost.Sentence}")}");
        if (!_disk.IsReserved) return new(VerdictKind.StillOn, $"{device} is not reserved for registered nodes (type {_disk.Holder.Type}): {_parties.Target} could write without a key{(_lost is null ? "" : $": {_lost.Sentence}")}");
        if (_parties.Doubtful(_disk.Keys, wasListed) is not { IsEmpty: false } doubtful) return null;
        var shown = new SortedSet<string>(Array.ConvertAll([.. doubtful], k => $"{k:x}"), StringComparer.Ordinal);      // each way to the disk has its own, often the same
        var keys = string.Join(", ", shown);
        return new(VerdictKind.Garbled, _parties.Others is null
            ? $"{device} does not list the key of {_parties.Target} and lists others ({keys}): one may be its own; name all nodes, or its key"
            : $"{device} lists keys of no node that is known ({keys}): one may be {_parties.Target}'s; check cluster, nodes and key_value");
    }
}
