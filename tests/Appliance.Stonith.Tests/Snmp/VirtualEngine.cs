using System.Text;
using Appliance.Core;
using Appliance.Stonith.Devices.Snmp;

namespace Appliance.Stonith.Tests.Snmp;

/// <summary>An SNMP agent of version 3 in virtual time with one user and one number that may be read and written; with faults to choose from.</summary>
internal sealed class VirtualEngine(Func<Instant> now, UsmAuth auth = UsmAuth.Sha, UsmPriv priv = UsmPriv.Aes)
{
    public static readonly Oid Number = Oid.Parse("1.3.6.1.4.1.99999.1.0");
    private static readonly Oid Stats = Oid.Parse("1.3.6.1.6.3.15.1.1");
    private static readonly byte[] Id = [0x80, 0, 0x1F, 0x88, 0x80, 1, 2, 3, 4, 5, 6, 7];
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<(UsmAuth, string), byte[]> s_keys = new();
    private readonly Instant _began = now();
    private long _salt = 77;

    public long Value { get; set; } = 2;

    /// <summary>Orders that were carried out.</summary>
    public int Orders { get; private set; }
    public uint Boots { get; set; } = 3;

    /// <summary>What a discovery is told; the truth by default. A restart in between looks like this.</summary>
    public uint? BootsTold { get; init; }

    /// <summary>No message is ever in its time.</summary>
    public bool IsNeverInTime { get; init; }

    /// <summary>Its own messages are dated this much later than they are, in seconds.</summary>
    public int Dated { get; init; }

    /// <summary>Its reports are signed where RFC 3414 says so.</summary>
    public bool SignsReports { get; init; } = true;

    /// <summary>Its answers are not signed.</summary>
    public bool IsForged { get; init; }

    public UsmUser User { get; } = new(Encoding.ASCII.GetBytes("operator"), auth, Key(auth, "authpass1"), priv, priv == UsmPriv.None ? [] : Key(auth, "privpass1"));

    private static byte[] Key(UsmAuth auth, string phrase) => s_keys.GetOrAdd((auth, phrase), of => UsmKeys.Localized(of.Item1, Encoding.ASCII.GetBytes(of.Item2), Id));

    private UsmEngine Present(uint? boots = null) => new(Id, boots ?? Boots, (uint)(1000 + Dated + (now() - _began).TotalSeconds));

    public IEnumerable<(TimeSpan, byte[])> Hear(ReadOnlyMemory<byte> packet)
    {
        if (UsmMessage.Read(packet, User) is not { } asked) yield break;
        var answer = asked.Engine.Id.Length == 0 ? Report(asked, 4, isSigned: false, BootsTold) : Answer(asked);
        if (answer is not null) yield return (TimeSpan.FromMilliseconds(3), answer);
    }

    private byte[]? Answer(UsmRead asked)
    {
        if (User.Auth != UsmAuth.None && !asked.IsAuthentic) return Report(asked, 5, isSigned: false);
        if (User.Auth != UsmAuth.None && (IsNeverInTime || asked.Engine.Boots != Boots || Math.Abs((long)asked.Engine.Time - (Present().Time - Dated)) > 150)) return Report(asked, 2, SignsReports);
        if (asked.Pdu is not { Binds: [var bind] } pdu) return null;      // another privacy key: silence, as net-snmp
        if (pdu.Kind == PduKind.Set && bind.Value is SnmpValue.Integer { Value: var value }) (Value, Orders) = (value, Orders + 1);
        return Write(asked, IsForged ? null : User, pdu with { Kind = PduKind.Response, Binds = [new(bind.Name, new SnmpValue.Integer(Value))] });
    }

    private byte[] Report(UsmRead asked, uint counter, bool isSigned, uint? boots = null) => Write(asked, isSigned ? User with { Priv = UsmPriv.None } : null,
        new(PduKind.Report, asked.Pdu?.RequestId ?? 0, 0, 0, [new(Stats.Append(counter, 0), new SnmpValue.Unsigned(1, 1))]), boots);

    private byte[] Write(UsmRead asked, UsmUser? user, SnmpPdu pdu, uint? boots = null) => UsmMessage.Write(asked.MessageId, Present(boots), user, BitConverter.GetBytes(_salt++), pdu);
}
