using System.Buffers.Binary;
using System.Security.Cryptography;
using Appliance.Core;
using Appliance.Stonith.Devices.Ipmi;

namespace Appliance.Stonith.Tests.Ipmi;

/// <summary>The other side of a conversation: a BMC with RMCP+ in virtual time, written from the specification, with faults to choose from.</summary>
internal sealed class VirtualBmc(Func<Instant> now, int seed = 0)
{
    private readonly Random _random = new(seed);
    private readonly byte[] _guid = [.. Enumerable.Range(0xa0, 16).Select(i => (byte)i)];
    private byte[] _sidm = [], _rm = [], _rc = [], _sik = [], _who = [];
    private CipherSuite _suite = CipherSuite.Of(0)!;
    private SealedLink? _link;
    private uint _session, _sequence, _sessions;
    private Instant _offAt = Instant.Never;

    public string User { get; set; } = "fence";
    public byte[] Password { get; set; } = Padded("fencepw");
    public int[] Suites { get; init; } = [3, 17];

    /// <summary>Of a hundred packets, each way.</summary>
    public int Loss { get; set; }
    public int Twice { get; init; }
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>From the order to the power going off.</summary>
    public TimeSpan Slow { get; init; }

    /// <summary>Takes every order and does nothing.</summary>
    public bool Lies { get; set; }

    /// <summary>Says nothing any more once it was told to switch.</summary>
    public bool HangsAfterControl { get; set; }

    /// <summary>The first answers to Chassis Control say busy.</summary>
    public int Busy { get; set; }
    public byte HighestPrivilege { get; init; } = 4;
    public bool IsOn { get; set; } = true;
    public List<byte> Orders { get; } = [];
    public bool Silent { get; set; }

    public IEnumerable<(TimeSpan, byte[])> Hear(ReadOnlyMemory<byte> packet)
    {
        if (now() >= _offAt) (IsOn, _offAt) = (false, Instant.Never);
        if (Silent || _random.Next(100) < Loss || Answer(packet.Span) is not { } answer) yield break;
        if (_random.Next(100) < Loss) yield break;
        yield return (Delay, answer);
        if (_random.Next(100) < Twice) yield return (Delay + TimeSpan.FromMilliseconds(_random.Next(500)), answer);
    }

    private byte[]? Answer(ReadOnlySpan<byte> packet)
    {
        if (!RmcpPacket.TryReadPlus(packet, out var read)) return null;
        var contents = read.Contents.ToArray();
        return read.Payload switch
        {
            RmcpPacket.PayloadOpen => Open(contents),
            RmcpPacket.PayloadRakp1 => Second(contents),
            RmcpPacket.PayloadRakp3 => Fourth(contents),
            _ => _link?.Open(packet) is { } message ? Command(message) : null,
        };
    }

    private byte[] Open(byte[] contents)
    {
        var suite = CipherSuite.All.FirstOrDefault(s => Suites.Contains(s.Number) && s.Authentication == contents[12] && s.Integrity == contents[20] && s.Confidentiality == contents[28]);
        if (suite is null) return RmcpPacket.Plus(RmcpPacket.PayloadOpened, 0, 0, [contents[0], RakpStatus.NoSuite]);
        (_suite, _sidm, _session) = (suite, contents[4..8], 0x100 + ++_sessions);
        _link = null;
        return RmcpPacket.Plus(RmcpPacket.PayloadOpened, 0, 0, [contents[0], 0, 4, 0, .. _sidm, .. BitConverter.GetBytes(_session), .. contents[8..32]]);
    }

    private byte[]? Second(byte[] contents)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(contents.AsSpan(4)) != _session) return RmcpPacket.Plus(RmcpPacket.PayloadRakp2, 0, 0, [contents[0], RakpStatus.BadSession, 0, 0, .. _sidm]);
        (_rm, _who) = (contents[8..24], [contents[24], contents[27], .. contents[28..(28 + contents[27])]]);
        if (System.Text.Encoding.UTF8.GetString(_who.AsSpan(2)) != User) return RmcpPacket.Plus(RmcpPacket.PayloadRakp2, 0, 0, [contents[0], RakpStatus.UnknownName, 0, 0, .. _sidm]);
        _rc = new byte[16];
        _random.NextBytes(_rc);
        var code = _suite.Hash(Password, [.. _sidm, .. BitConverter.GetBytes(_session), .. _rm, .. _rc, .. _guid, .. _who]);
        return RmcpPacket.Plus(RmcpPacket.PayloadRakp2, 0, 0, [contents[0], 0, 0, 0, .. _sidm, .. _rc, .. _guid, .. code]);
    }

    private byte[]? Fourth(byte[] contents)
    {
        if (contents[1] != 0 || _rc.Length == 0 || BinaryPrimitives.ReadUInt32LittleEndian(contents.AsSpan(4)) != _session) return null;
        if (!CryptographicOperations.FixedTimeEquals(_suite.Hash(Password, [.. _rc, .. _sidm, .. _who]), contents.AsSpan(8)))
            return RmcpPacket.Plus(RmcpPacket.PayloadRakp4, 0, 0, [contents[0], RakpStatus.WrongCode, 0, 0, .. _sidm]);
        _sik = _suite.Hash(Password, [.. _rm, .. _rc, .. _who]);
        _link = new(_suite, _session, BinaryPrimitives.ReadUInt32LittleEndian(_sidm), _suite.Hash(_sik, [.. Enumerable.Repeat((byte)1, 20)]), _suite.Hash(_sik, [.. Enumerable.Repeat((byte)2, 20)]));
        _sequence = 0;
        var icv = _suite.Hash(_sik, [.. _rm, .. BitConverter.GetBytes(_session), .. _guid]).AsSpan(0, _suite.FinalCode);
        return RmcpPacket.Plus(RmcpPacket.PayloadRakp4, 0, 0, [contents[0], 0, 0, 0, .. _sidm, .. icv]);
    }

    private byte[]? Command(byte[] message)
    {
        var (netFn, number, command, data) = (message[1] >> 2, message[4] >> 2, message[5], message[6..^1]);
        byte[] answer;
        switch (netFn, command)
        {
            case (0x06, 0x3B): answer = data[0] > HighestPrivilege ? [0x81] : [0, data[0]]; break;
            case (0x06, 0x3C): answer = [0]; break;
            case (0x00, 0x01): answer = [0, (byte)(IsOn ? 1 : 0), 0, 0]; break;
            case (0x00, 0x02) when Busy-- > 0: answer = [0xC0]; break;
            case (0x00, 0x02):
                Switch(data[0]);
                if (HangsAfterControl) Silent = true;
                answer = [0];
                break;
            default: answer = [0xC1]; break;
        }
        byte[] back = [0x81, (byte)((netFn | 1) << 2), 0, 0x20, (byte)(number << 2), command, .. answer, 0];
        back[2] = IpmiMessage.Checksum(back.AsSpan(0, 2));
        back[^1] = IpmiMessage.Checksum(back.AsSpan(3, back.Length - 4));
        var iv = new byte[16];
        _random.NextBytes(iv);
        return Silent ? null : _link!.Seal(++_sequence, back, iv);
    }

    private void Switch(byte order)
    {
        Orders.Add(order);
        if (Lies) return;
        if (order == 0 && Slow > TimeSpan.Zero) _offAt = _offAt == Instant.Never ? now() + Slow : _offAt;
        else if (order is 0 or 1) IsOn = order == 1;
    }

    public static byte[] Padded(string text)
    {
        var padded = new byte[20];
        System.Text.Encoding.UTF8.GetBytes(text, padded);
        return padded;
    }
}
