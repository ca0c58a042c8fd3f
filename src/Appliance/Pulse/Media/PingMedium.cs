using System.Net;
using System.Net.Sockets;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Linux;

namespace Appliance.Pulse.Media;

/// <summary>ping, ping6 and ping_group: our own status goes out as the data of an echo request, and its return is the ping node's heartbeat.</summary>
/// <remarks>Sequence as 3.0.6 (reference 5.2). A group takes the first reply to each request, whoever of it answers.</remarks>
internal sealed class PingMedium : Medium
{
    private readonly byte[] _buffer;
    private readonly byte[] _packet = GC.AllocateArray<byte>(2048, pinned: true);
    private readonly SocketAddressBytes[] _members;
    private readonly SocketAddressBytes _from4 = new(IPAddress.Any, 0), _from6 = new(IPAddress.IPv6Any, 0);

    /// <summary>One per medium: a host that is pinged alone and as one of a group answers both, and either socket hears both answers.</summary>
    private readonly ushort _identifier;

    private readonly bool _isGroup;
    private DatagramSocket? _v4, _v6;
    private ushort _sequence;
    private int _lastAnswered = -1;
    private int _lastError;

    public PingMedium(int index, MediumSpec spec, IMediumSink sink, byte[] buffer) : base(index, spec, sink)
    {
        _buffer = buffer;
        _identifier = (ushort)(Environment.ProcessId + index);
        _isGroup = spec is MediumSpec.PingGroup;
        IEnumerable<string> addresses = spec is MediumSpec.PingGroup group ? group.Addresses : [((MediumSpec.Ping)spec).Address];
        _members = [.. addresses.Select(a => new SocketAddressBytes(IPAddress.Parse(a), 0))];
    }

    public override (int Descriptor, PollEvents Events) Slot(int which) =>
        ((which == 0 ? _v4 : _v6)?.Descriptor.Number ?? -1, PollEvents.Readable);

    /// <summary>Sends an echo request with this data to every member.</summary>
    public void Ping(ReadOnlySpan<byte> data)
    {
        if (!IsOpen) return;
        var error = 0;
        foreach (var member in _members)
        {
            var size = IcmpEcho.WriteRequest(_packet, member.IsV6, _identifier, _sequence, data);
            var n = size < 0 ? -Errno.EMSGSIZE : (member.IsV6 ? _v6 : _v4)!.Send(_packet.AsSpan(0, size), member);
            if (n >= 0) continue;
            SendErrors++;
            error = -n;
        }
        _sequence++;
        if (error == _lastError || error == Errno.EAGAIN) return;
        _lastError = error;
        Report(error == 0 ? null : $"cannot ping {Spec.Link}: {Errno.Text(error)}");
    }

    public override void Ready(int which, PollEvents events, Instant now, bool all)
    {
        var v6 = which == 1;
        var from = v6 ? _from6 : _from4;
        for (var i = 0; i < (all ? RoundBudget : 1); i++)
        {
            var socket = v6 ? _v6 : _v4;
            if (socket is null) return;
            var n = socket.Receive(_buffer, from);
            if (n == -Errno.EAGAIN) return;
            if (n == -Errno.EMSGSIZE) Overruns++;
            if (n <= 0 || !IcmpEcho.TryReadReply(_buffer.AsSpan(0, n), v6, _identifier, out var sequence, out var data) || !IsMember(from)) continue;
            if (_isGroup && sequence == _lastAnswered) continue;
            _lastAnswered = sequence;
            Sink.Packet(Index, data);
        }
    }

    protected override void OpenFiles(Instant now)
    {
        if (_members.Any(m => !m.IsV6)) _v4 = DatagramSocket.Ping(AddressFamily.InterNetwork);
        if (_members.Any(m => m.IsV6)) _v6 = DatagramSocket.Ping(AddressFamily.InterNetworkV6);
    }

    protected override void CloseFiles()
    {
        _v4?.Dispose();
        _v6?.Dispose();
        _v4 = _v6 = null;
    }

    private bool IsMember(SocketAddressBytes from)
    {
        foreach (var member in _members)
            if (member.SameHost(from)) return true;
        return false;
    }
}
