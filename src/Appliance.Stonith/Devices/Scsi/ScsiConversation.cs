using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Scsi;

/// <summary>One order to the shared disks, disk after disk in the order of the configuration: of two nodes that fence each other one loses the first disk, and stops.</summary>
internal sealed class ScsiConversation(DeviceOrder order) : Conversation
{
    private const int MostAttentions = 8;
    private static readonly TimeSpan CommandTime = TimeSpan.FromSeconds(10);
    private DeviceVerdict? _trouble;
    private ImmutableArray<ulong> _keys;
    private (ulong Key, byte Type) _holder;
    private int _status;

    private string Me => order.Parameters["nodename"];
    private string Target => order.Plugs.IsDefaultOrEmpty ? Me : order.Plugs[0];
    private ulong? OwnKey => ScsiKeys.Hexadecimal(order.Parameters["own_key"]) ?? (Me.Length > 0 ? ScsiKeys.Of(order.Parameters, Me) : null);
    private ulong? TargetKey => ScsiKeys.Hexadecimal(order.Parameters["key"]) ?? (Target.Length > 0 ? ScsiKeys.Of(order.Parameters, Target) : null);

    public override IEnumerable<Step> Steps()
    {
        var delay = order.Parameters.Seconds("delay");
        if (delay > TimeSpan.Zero && order.Action == FenceAction.Off) yield return new Pause(delay);
        var devices = order.Parameters.List("devices");
        if (order.Action == FenceAction.Monitor ? OwnKey is null : TargetKey is null)
        {
            Verdict = new(VerdictKind.Misconfigured, order.Plugs.IsDefaultOrEmpty && Me.Length == 0 ? "which node? give plug" : $"the key of {Target} is not known: it is not in nodes, and no key is given");
            yield break;
        }
        var steps = order.Action switch
        {
            FenceAction.On => Register(devices),
            FenceAction.Off => CutOff(devices),
            _ => Report(devices, order.Action == FenceAction.Monitor ? OwnKey!.Value : TargetKey!.Value, order.Action == FenceAction.Monitor ? Me : Target),
        };
        foreach (var step in steps) yield return step;
    }

    private IEnumerable<Step> Report(ImmutableArray<string> devices, ulong key, string node)
    {
        var (with, without) = (new List<string>(), new List<string>());
        foreach (var device in devices)
        {
            foreach (var step in Read(device)) yield return step;
            if (_trouble is not null)
            {
                Verdict = _trouble;
                yield break;
            }
            (_keys.Contains(key) ? with : without).Add(device);
        }
        Verdict = order.Action == FenceAction.Monitor && without.Count > 0
            ? new(VerdictKind.NotAllowed, $"our own key is not registered with {string.Join(", ", without)}: this node was fenced, or never unfenced")
            : DeviceVerdict.Is(with.Count > 0 ? PowerState.On : PowerState.Off, with.Count > 0 ? $"{node} may write {string.Join(", ", with)}" : $"the key of {node} is registered with none of the disks");
    }

    private IEnumerable<Step> Register(ImmutableArray<string> devices)
    {
        if (Me.Length > 0 && !Target.Equals(Me, StringComparison.OrdinalIgnoreCase))
        {
            Verdict = new(VerdictKind.Unsupported, $"{Target} must register itself: the registration belongs to the way from that machine to the disk");
            yield break;
        }
        var key = TargetKey!.Value;
        foreach (var device in devices)
        {
            Doing = $"registering with {device}";
            var find = new FindPaths(device);
            yield return find;
            foreach (var path in find.Paths.IsDefaultOrEmpty ? [device] : find.Paths)
            {
                var (command, parameters) = Reservations.RegisterAnyway(key, order.Parameters.Flag("aptpl"));
                foreach (var step in Send(path, command, parameters)) yield return step;
                if (_trouble is not null) break;
            }
            if (_trouble is null) foreach (var step in Read(device)) yield return step;
            if (_trouble is null && !_keys.Contains(key)) _trouble = new(VerdictKind.StillOn, $"{device} took the registration and does not list it");
            if (_trouble is null && _holder.Type == 0)
            {
                var (command, parameters) = Reservations.Hold(key);
                foreach (var step in Send(device, command, parameters, conflictIsTrouble: false)) yield return step;
                if (_trouble is null) foreach (var step in Read(device)) yield return step;      // somebody else may have been first
            }
            if (_trouble is null && _holder.Type != Reservations.WriteExclusiveRegistrants)
                _trouble = new(VerdictKind.NotAllowed, $"{device} is reserved in another way (type {_holder.Type}), which does not keep unregistered nodes from writing as it must");
            if (_trouble is null) continue;
            Verdict = _trouble;
            yield break;
        }
        Verdict = DeviceVerdict.Is(PowerState.On, $"registered with {string.Join(", ", devices)}");
    }

    private IEnumerable<Step> CutOff(ImmutableArray<string> devices)
    {
        var target = TargetKey!.Value;
        if (OwnKey is not { } own)
        {
            Verdict = new(VerdictKind.Misconfigured, "our own key is not known: give nodename or own_key");
            yield break;
        }
        if (own == target)
        {
            Verdict = new(VerdictKind.Misconfigured, $"{Target}'s key is our own: a node cannot cut itself off");
            yield break;
        }
        var already = true;
        foreach (var device in devices)
        {
            Doing = $"cutting {Target} off from {device}";
            foreach (var step in Read(device)) yield return step;
            if (_trouble is null && !_keys.Contains(own)) _trouble = new(VerdictKind.NotAllowed, $"our own key is not registered with {device}: this node was fenced itself, or never unfenced");
            if (_trouble is null && _keys.Contains(target))
            {
                already = false;
                var (command, parameters) = Reservations.Preempt(own, target);
                foreach (var step in Send(device, command, parameters, conflictIsTrouble: true)) yield return step;
                // What was lost on the way is looked for, not repeated.
                if (_trouble is not { Kind: VerdictKind.NotAllowed }) foreach (var step in Read(device)) yield return step;
                if (_trouble is null && _keys.Contains(target)) _trouble = new(VerdictKind.StillOn, $"{device} still lists the key of {Target}");
                if (_trouble is null && !_keys.Contains(own)) _trouble = new(VerdictKind.NotAllowed, $"{device} does not list our own key any more: {Target} was faster");
            }
            if (_trouble is null && _holder.Type == 0)
            {
                var (command, parameters) = Reservations.Hold(own);
                foreach (var step in Send(device, command, parameters)) yield return step;
                if (_trouble is null) foreach (var step in Read(device)) yield return step;
            }
            if (_trouble is null && _holder.Type != Reservations.WriteExclusiveRegistrants)
                _trouble = new(VerdictKind.StillOn, $"{device} is not reserved for registered nodes (type {_holder.Type}): {Target} could write without a key");
            if (_trouble is null && Strangers() is { Length: > 0 } strangers)
                _trouble = new(VerdictKind.Garbled, $"{device} lists keys of no node that is known ({string.Join(", ", Array.ConvertAll([.. strangers], k => $"{k:x}"))}): one may be {Target}'s; check cluster, nodes and key_value");
            if (_trouble is null) continue;
            Verdict = _trouble;
            yield break;
        }
        Verdict = DeviceVerdict.Is(PowerState.Off, already ? $"the key of {Target} was registered with none of the disks" : $"{Target} cannot write {string.Join(", ", devices)} any more: its key is gone") with { WasAlready = already };
    }

    /// <summary>Keys that belong to none of the nodes; none when the nodes are not known.</summary>
    private ImmutableArray<ulong> Strangers()
    {
        var nodes = order.Parameters.List("nodes");
        if (nodes.IsEmpty) return [];
        var known = new HashSet<ulong>();
        foreach (var node in nodes)
            if (ScsiKeys.Of(order.Parameters, node) is { } key) known.Add(key);
        if (OwnKey is { } own) known.Add(own);
        return _keys.RemoveAll(known.Contains);
    }

    /// <summary>Reads keys and reservation.</summary>
    private IEnumerable<Step> Read(string device)
    {
        _trouble = null;
        ScsiCommand? answer = null;
        foreach (var step in Send(device, Reservations.KeysCommand, [], dataIn: Reservations.Room))
        {
            answer = step as ScsiCommand ?? answer;
            yield return step;
        }
        if (_trouble is not null) yield break;
        if (Reservations.Keys(answer!.Data.Span) is not { } keys)
        {
            _trouble = new(VerdictKind.Garbled, $"{device}: the list of keys is damaged");
            yield break;
        }
        foreach (var step in Send(device, Reservations.ReservationCommand, [], dataIn: Reservations.Room))
        {
            answer = step as ScsiCommand ?? answer;
            yield return step;
        }
        if (_trouble is not null) yield break;
        if (Reservations.Reservation(answer!.Data.Span) is not { } holder)
        {
            _trouble = new(VerdictKind.Garbled, $"{device}: the reservation is damaged");
            yield break;
        }
        (_keys, _holder) = (keys, holder);
    }

    /// <summary>One command; unit attentions (a reset, somebody's preemption) are taken away and the command is sent again.</summary>
    private IEnumerable<Step> Send(string device, ImmutableArray<byte> command, byte[] parameters, bool conflictIsTrouble = true, int dataIn = 0)
    {
        _trouble = null;
        for (var attentions = 0; ; attentions++)
        {
            var scsi = new ScsiCommand(device, command, parameters, dataIn, CommandTime);
            yield return scsi;
            _status = scsi.Status;
            if (scsi.Failure is { } failure)
            {
                _trouble = new(VerdictKind.Unreachable, $"{device}: {failure}");
                yield break;
            }
            switch (scsi.Status)
            {
                case Reservations.Good: yield break;
                case Reservations.Conflict:
                    if (conflictIsTrouble) _trouble = new(VerdictKind.NotAllowed, $"{device} refuses (reservation conflict): our key is not registered any more, this node was fenced itself");
                    yield break;
                case Reservations.Busy or Reservations.TaskSetFull when attentions < MostAttentions:
                    yield return new Pause(TimeSpan.FromMilliseconds(100));
                    continue;
                case Reservations.CheckCondition when Reservations.Sense(scsi.Sense.Span) is { Key: 6 } && attentions < MostAttentions:
                    yield return new ScsiCommand(device, Reservations.TestReady, default, 0, CommandTime);
                    continue;
            }
            _trouble = Reservations.Sense(scsi.Sense.Span) is { Key: 5 }
                ? new(VerdictKind.Unsupported, $"{device} does not know persistent reservations")
                : new(VerdictKind.Garbled, $"{device}: status {scsi.Status:X2}, sense {Convert.ToHexString(scsi.Sense.Span)}");
            yield break;
        }
    }
}
