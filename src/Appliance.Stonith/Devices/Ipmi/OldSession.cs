using System.Buffers.Binary;
using System.Security.Cryptography;
using Appliance.Core;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Ipmi;

/// <summary>A session of IPMI 1.5 (ipmitool's <c>lan</c>).</summary>
/// <remarks>Nothing is encrypted here; a BMC that only speaks 2.0 is told by <see cref="WantsPlus"/>.</remarks>
internal sealed class OldSession(BmcAccess access, Conversation conversation) : IpmiSession(access, conversation)
{
    private const byte None = 0, Md5 = 2, Straight = 4, ThisChannel = 0x0E, WithVersion2 = 0x80;
    private const int KeyBytes = 16;
    private readonly SequenceWindow _window = new();
    private readonly byte[] _key = Key(access.Password.Reveal());
    private uint _session, _sequence;
    private byte _authentication;

    /// <summary>The BMC has version 1.5 switched off and offers 2.0.</summary>
    public bool WantsPlus { get; private set; }

    protected override byte[]? Number => _session == 0 ? null : BitConverter.GetBytes(_session);

    protected override IEnumerable<Step> Enter()
    {
        _session = 0;
        var began = Conversation.Now;
        for (var attempt = 0; ; attempt++)
        {
            var silent = Patience[Math.Min(attempt, Patience.Length - 1)];
            var isLast = attempt == Patience.Length - 1;
            byte? wanted = Access.Authentication switch { "md5" => Md5, "password" => Straight, "none" => None, _ => null };
            if (wanted is null)
            {
                var offered = new Outside(IpmiCommand.AuthenticationCapabilities, [ThisChannel | WithVersion2, (byte)Access.Privilege]);
                yield return offered.Step(NextNumber(), 0, null, this, silent);
                if (offered.Answer is null)
                {
                    if (!isLast) continue;
                    Problem = offered.Silence();
                    yield break;
                }
                if (offered.Answer is not { Code: CompletionCodes.Done, Data.Length: >= 4 } capabilities)
                {
                    Problem = new(VerdictKind.Garbled, $"the BMC does not say how to log in: {CompletionCodes.Words(offered.Answer.Code)}");
                    yield break;
                }
                var (types, extended) = (capabilities.Data.Span[1], capabilities.Data.Span[3]);
                if ((types & 0x80) != 0 && (extended & 3) == 2)
                {
                    WantsPlus = true;
                    yield break;
                }
                wanted = (types & 1 << Md5) != 0 ? Md5 : (types & 1 << Straight) != 0 ? Straight : (types & 1) != 0 ? None : null;
                if (wanted is null)
                {
                    Problem = new(VerdictKind.Refused, "the BMC offers no way to log in with IPMI 1.5 that is spoken here (MD5, password, none): set lanplus=1");
                    yield break;
                }
            }
            var challenge = new Outside(IpmiCommand.SessionChallenge, [wanted.Value, .. Name()]);
            yield return challenge.Step(NextNumber(), 0, null, this, silent);
            if (challenge.Answer is null)
            {
                if (!isLast) continue;
                Problem = challenge.Silence();
                yield break;
            }
            if (challenge.Answer is not { Code: CompletionCodes.Done, Data.Length: >= 20 } challenged)
            {
                Problem = challenge.Answer.Code is 0x81 or 0x82 ? new(VerdictKind.Refused, $"the BMC does not know user {Access.User}: check username")
                    : challenge.Answer.Code == 0xCC ? new(VerdictKind.Refused, $"the BMC does not allow this way to log in: set auth={(wanted == Md5 ? "password" : "md5")} or lanplus=1")
                    : new(VerdictKind.Garbled, $"the BMC gave no challenge: {CompletionCodes.Words(challenge.Answer.Code)}");
                yield break;
            }
            var temporary = BinaryPrimitives.ReadUInt32LittleEndian(challenged.Data.Span);
            var activate = new Outside(IpmiCommand.ActivateSession, [wanted.Value, (byte)Access.Privilege, .. challenged.Data.Span.Slice(4, 16), .. Access.RandomNumber()]);
            yield return activate.Step(NextNumber(), temporary, wanted, this, silent);
            if (activate.Answer is null)
            {
                if (!isLast) continue;
                // A wrong password and a lost packet look alike in this version; four lost packets in a row are rarer.
                Problem = new(VerdictKind.Refused, $"the BMC answers until user {Access.User} logs in, and then is silent: the password is wrong (IPMI 1.5 does not say so), or longer than 16 bytes; or its sessions are all taken");
                yield break;
            }
            switch (activate.Answer)
            {
                case { Code: CompletionCodes.Done, Data.Length: >= 10 } active:
                    _authentication = active.Data.Span[0];
                    _session = BinaryPrimitives.ReadUInt32LittleEndian(active.Data.Span[1..]);
                    _sequence = BinaryPrimitives.ReadUInt32LittleEndian(active.Data.Span[5..]) - 1;
                    yield break;
                case { Code: 0x81 or 0x83 or 0x84 } when Conversation.Now - began < TimeSpan.FromSeconds(20):
                    yield return new Pause(TimeSpan.FromMilliseconds(500));      // no free session
                    attempt--;
                    continue;
                case { Code: 0x81 or 0x83 or 0x84 }:
                    Problem = new(VerdictKind.TimedOut, "the BMC has no free session: something else keeps its sessions open; close them or restart the BMC");
                    yield break;
                case { Code: 0x86 }:
                    Problem = new(VerdictKind.Refused, $"the BMC does not give user {Access.User} the privilege {Access.PrivilegeName}: set privlvl=operator");
                    yield break;
                case { } answer:
                    Problem = new(VerdictKind.Refused, $"the BMC did not let user {Access.User} in: {CompletionCodes.Words(answer.Code)}");
                    yield break;
            }
        }
    }

    protected override byte[] Pack(ReadOnlySpan<byte> message) => Packet(_authentication, Next(ref _sequence), _session, message);

    protected override byte[]? Unpack(ReadOnlySpan<byte> packet) => Message(packet, _session, _authentication, out var sequence) is { } message && _window.Take(sequence) ? message : null;

    internal byte[] Packet(byte authentication, uint sequence, uint session, ReadOnlySpan<byte> message) =>
        RmcpPacket.Old(authentication, sequence, session, Code(authentication, sequence, session, message), message);

    internal byte[]? Message(ReadOnlySpan<byte> packet, uint session, byte expected, out uint sequence)
    {
        if (!RmcpPacket.TryReadOld(packet, out var authentication, out sequence, out var number, out var code, out var message) || number != session || authentication != expected) return null;
        return CryptographicOperations.FixedTimeEquals(Code(authentication, sequence, session, message), code) ? message.ToArray() : null;
    }

    private ReadOnlySpan<byte> Code(byte authentication, uint sequence, uint session, ReadOnlySpan<byte> message) => authentication switch
    {
#pragma warning disable CA5351 // MD5 is what IPMI 1.5 has
        Md5 => MD5.HashData([.. _key, .. BitConverter.GetBytes(session), .. message, .. BitConverter.GetBytes(sequence), .. _key]),
#pragma warning restore CA5351
        Straight => _key,
        _ => [],
    };

    private byte[] Name()
    {
        var name = new byte[Rakp.NameBytes];
        Rakp.NameOf(Access.User).CopyTo(name, 0);
        return name;
    }

    private static byte[] Key(ReadOnlySpan<byte> password)
    {
        var key = new byte[KeyBytes];
        password[..Math.Min(password.Length, KeyBytes)].CopyTo(key);
        return key;
    }

    /// <summary>A command before the session is open.</summary>
    private sealed class Outside(IpmiCommand command, byte[] data)
    {
        private Exchange _exchange = null!;
        public IpmiAnswer? Answer { get; private set; }

        public Exchange Step(byte number, uint session, byte? authentication, OldSession owner, TimeSpan patience) =>
            _exchange = new(owner.Packet(authentication ?? None, 0, session, IpmiMessage.Request(command, number, data)), packet =>
            {
                // The answer to Activate Session may come with or without a code.
                var message = owner.Message(packet.Span, session, authentication ?? None, out _) ?? owner.Message(packet.Span, session, None, out _);
                return message is not null && (Answer = IpmiMessage.Answer(message, command, number)) is not null;
            }, [patience]);

        public DeviceVerdict Silence() => new(VerdictKind.Unreachable,
            _exchange.Unreachable is { } reason ? $"nobody is there: {reason}" : "the BMC does not answer: is it powered, is the address right, is IPMI over LAN enabled?");
    }
}
