using System.Collections.Immutable;
using System.Text;
using Appliance.Core;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Snmp;

/// <summary>Asks one agent, in the version and with the rights that the parameters give.</summary>
/// <remarks>
/// A question is repeated with growing patience. An order (Set) is sent once: whoever gives it reads afterwards what came of it. In version 3 the agent's engine is
/// discovered with the first question; what is not signed is trusted for nothing but that, and for telling why the agent refuses.
/// </remarks>
public sealed class SnmpSession(DeviceParameters parameters, IEntropy entropy, Conversation conversation)
{
    /// <summary>How long each try waits: small devices take seconds for an answer.</summary>
    private static readonly ImmutableArray<TimeSpan> Patience = [.. Array.ConvertAll<int, TimeSpan>([500, 1000, 2000, 4000], ms => TimeSpan.FromMilliseconds(ms))];
    private static readonly TimeSpan OrderPatience = TimeSpan.FromSeconds(4);

    /// <summary>RFC 3414, 2.2.3.</summary>
    private const uint TimeWindow = 150;

    private readonly int _version = SnmpParameters.VersionOf(parameters);
    private UsmUser? _user;
    private UsmEngine? _engine;
    private Instant _engineSeen;
    private long _salt;

    /// <summary>Since the last question, a datagram came that is no message of our version.</summary>
    private bool _nonsense;

    /// <summary>Carries a question or an order out; the answer is in it afterwards.</summary>
    public IEnumerable<Step> Ask(SnmpQuery query)
    {
        (query.Outcome, query.Error, query.Values, query.Sentence) = (SnmpOutcome.Silent, SnmpError.None, [], "");
        _nonsense = false;
        if (_version < 3)
        {
            var plain = Plain(query);
            yield return plain;
            Note(query, plain, "the agent does not answer: is the device there, is SNMP enabled for this address, and is the community right? (an agent is silent to a wrong one)");
            yield break;
        }
        if (_engine is null)
        {
            var discovery = Discover();
            yield return discovery;
            Note(query, discovery, "the agent does not answer: is the device there, and is SNMP version 3 enabled for this address?");
            if (_engine is null) yield break;
        }
        for (var again = false; ; again = true)
        {
            string? refusal = null;
            var outOfTime = false;
            var secure = Secure(query, why => refusal = why, () => outOfTime = true);
            yield return secure;
            Note(query, secure, _user!.Priv == UsmPriv.None
                ? "the agent knows us by our first message and answers no more"
                : "the agent does not answer to encrypted messages: is snmp_priv_passwd right, and snmp_priv_prot? (an agent is silent to wrong ones)");
            if (outOfTime && !again) continue;      // the clock is set from its signed report now; the order was not carried out
            if (refusal is not null) (query.Outcome, query.Sentence) = (SnmpOutcome.Refused, refusal);
            yield break;
        }
    }

    private Exchange Plain(SnmpQuery query)
    {
        var id = NewNumber();
        var message = SnmpMessage.Write(_version, parameters.Secret("community").Reveal(), Pdu(query, id));
        return new(message, packet => Take(query, Sense(SnmpMessage.Read(_version, packet)), id), Tries(query));
    }

    private Exchange Discover()
    {
        var id = NewNumber();
        var message = UsmMessage.Write(id, new([], 0, 0), null, [], new(PduKind.Get, id, 0, 0, []));
        return new(message, packet =>
        {
            if (Sense(UsmMessage.Read(packet, null)) is not { Pdu.Kind: PduKind.Report } read || read.MessageId != id || read.Engine.Id.Length is < 5 or > 32) return false;
            (_engine, _engineSeen, _user) = (read.Engine, conversation.Now, User(read.Engine.Id));
            return true;
        }, Patience);
    }

    private Exchange Secure(SnmpQuery query, Action<string> refused, Action outOfTime)
    {
        var (id, user) = (NewNumber(), _user!);
        byte[] Message() => UsmMessage.Write(id, Present(), user, Salt(), Pdu(query, id));
        return new(Message(), packet =>
        {
            if (Sense(UsmMessage.Read(packet, user)) is not { } read || read.MessageId != id || !read.Engine.Id.AsSpan().SequenceEqual(_engine!.Id)) return false;
            if (read.Pdu is { Kind: PduKind.Report, Binds: [var report, ..] })
            {
                if (report.Name.Equals(UsmReports.NotInTimeWindow) && read.IsAuthentic)
                {
                    (_engine, _engineSeen) = (read.Engine, conversation.Now);
                    outOfTime();
                }
                refused(UsmReports.Words(report.Name, parameters["username"]));
                return true;
            }
            if (user.Auth != UsmAuth.None && (!read.IsAuthentic || !IsTimely(read.Engine))) return false;
            return Take(query, read.Pdu, id);
        }, Tries(query)) { Again = () => Message() };
    }

    private static bool Take(SnmpQuery query, SnmpPdu? pdu, int id)
    {
        if (pdu is not { Kind: PduKind.Response } || pdu.RequestId != id) return false;
        (query.Outcome, query.Error, query.Values, query.Sentence) = (SnmpOutcome.Answered, pdu.Error, pdu.Binds, pdu.Error == SnmpError.None ? "" : Words(pdu.Error));
        return true;
    }

    /// <summary>Keeps in mind that something came which cannot be read: it says more than silence.</summary>
    private T? Sense<T>(T? read) where T : class
    {
        _nonsense |= read is null;
        return read;
    }

    /// <summary>After a step without answer: the network's word that nobody is there, something else that answers, or silence.</summary>
    private void Note(SnmpQuery query, Exchange exchange, string silence)
    {
        if (exchange.Answered) return;
        (query.Outcome, query.Sentence) = exchange.Unreachable is { } reason ? (SnmpOutcome.Unreachable, $"nobody is there: {reason}")
            : _nonsense ? (SnmpOutcome.Garbled, $"something answers, and not in version {(_version == 0 ? "1" : _version == 1 ? "2c" : "3")} of SNMP: are ip, ipport and snmp_version right?")
            : (SnmpOutcome.Silent, silence);
    }

    private static ImmutableArray<TimeSpan> Tries(SnmpQuery query) => query.Kind == PduKind.Set ? [OrderPatience] : Patience;

    private SnmpPdu Pdu(SnmpQuery query, int id) => query.Kind == PduKind.GetBulk && _version == 0
        ? new(PduKind.GetNext, id, 0, 0, query.Asked)
        : new(query.Kind, id, 0, query.Kind == PduKind.GetBulk ? query.Repetitions : 0, query.Asked);

    private UsmUser User(byte[] engine)
    {
        var (auth, priv) = (SnmpParameters.AuthOf(parameters), SnmpParameters.PrivOf(parameters));
        return new(Encoding.UTF8.GetBytes(parameters["username"]), auth, UsmKeys.Localized(auth, parameters.Secret("password").Reveal(), engine),
            priv, priv == UsmPriv.None ? [] : UsmKeys.Localized(auth, parameters.Secret("snmp_priv_passwd").Reveal(), engine));
    }

    /// <summary>The engine as it must be now.</summary>
    private UsmEngine Present() => _engine! with { Time = _engine!.Time + (uint)(conversation.Now - _engineSeen).TotalSeconds };

    private bool IsTimely(UsmEngine said)
    {
        var present = Present();
        return said.Boots == present.Boots && said.Time + TimeWindow >= present.Time && said.Time <= present.Time + TimeWindow;
    }

    /// <summary>Eight bytes that are not used twice with one key: where we began nobody knows.</summary>
    private byte[] Salt()
    {
        if (_salt == 0)
        {
            var start = new byte[8];
            entropy.Fill(start);
            _salt = BitConverter.ToInt64(start);
        }
        var salt = new byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(salt, _salt++);
        return salt;
    }

    private int NewNumber()
    {
        var bytes = new byte[4];
        entropy.Fill(bytes);
        return BitConverter.ToInt32(bytes) & int.MaxValue;
    }

    private static string Words(SnmpError error) => error switch
    {
        SnmpError.NoSuchName => "the agent has no such object, or does not let us see or write it",
        SnmpError.ReadOnly or SnmpError.NoAccess or SnmpError.NotWritable or SnmpError.Authorization => "no write access: this community or user may only read",
        SnmpError.BadValue or SnmpError.WrongType or SnmpError.WrongLength or SnmpError.WrongEncoding or SnmpError.WrongValue or SnmpError.InconsistentValue => $"the agent does not take the value ({error})",
        SnmpError.TooBig => "the answer is too big for the agent",
        _ => $"the agent failed ({error})",
    };
}

/// <summary>The reports of RFC 3414, and what they mean to an administrator.</summary>
internal static class UsmReports
{
    private static readonly Oid Stats = Oid.Parse("1.3.6.1.6.3.15.1.1");
    public static readonly Oid NotInTimeWindow = Stats.Append(2, 0);

    public static string Words(Oid report, string user) => !report.StartsWith(Stats) || report.Length <= Stats.Length ? $"the agent refuses the message ({report})" : report.Parts[Stats.Length] switch
    {
        1 => "the agent does not do this level of security: check snmp_sec_level, snmp_auth_prot and snmp_priv_prot",
        2 => "the agent's clock and ours do not come together",
        3 => $"the agent does not know user {user}: check username",
        4 => "the agent does not know its own engine number",
        5 => $"the agent finds the signature wrong: check password and snmp_auth_prot of user {user}",
        6 => "the agent cannot decrypt: check snmp_priv_passwd and snmp_priv_prot",
        _ => $"the agent refuses the message ({report})",
    };
}
