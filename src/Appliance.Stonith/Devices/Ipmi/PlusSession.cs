using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Ipmi;

/// <summary>A session of IPMI 2.0 (RMCP+, ipmitool's <c>lanplus</c>).</summary>
/// <remarks>
/// No question is asked that the configuration or the first answer settles: it goes straight to Open Session, with the suite that is configured, or the one that
/// worked last, or the strongest; a BMC that does not know it says so within a round trip. (Asking for the list of suites costs 10 to 14 s per call with ipmitool
/// where the BMC does not answer that question.) A message of the handshake that stays without answer is sent
/// once more; then the whole handshake starts anew with new numbers, more patiently.
/// </remarks>
internal sealed class PlusSession(BmcAccess access, Conversation conversation) : IpmiSession(access, conversation)
{
    private const string Remembered = "cipher";
    private static readonly TimeSpan LongestHandshake = TimeSpan.FromSeconds(20), BetweenFull = TimeSpan.FromMilliseconds(500);
    private SealedLink? _link;
    private byte[] _number = [];
    private uint _sequence;
    private byte _tag;
    private Rakp _rakp = null!;
    private byte? _status;

    protected override byte[]? Number => _link is null ? null : _number;

    protected override IEnumerable<Step> Enter()
    {
        _link = null;
        var suites = Suites();
        var began = Conversation.Now;
        var (heard, full, unreachable) = (false, false, (string?)null);
        for (var attempt = 0; ; attempt++)
        {
            var elapsed = Conversation.Now - began;
            if (attempt > 0 && elapsed >= (unreachable is not null ? TimeSpan.FromSeconds(1) : heard ? LongestHandshake : Access.LoginTime))
            {
                Problem = full ? new(VerdictKind.TimedOut, "the BMC has no free session: something else keeps its sessions open (monitoring, a console); close them or restart the BMC")
                    : heard ? new(VerdictKind.TimedOut, $"the BMC answers, but a login was not finished in {elapsed.TotalSeconds:0} s: packets are being lost")
                    : new(VerdictKind.Unreachable, unreachable is not null ? $"nobody is there: {unreachable}" : "the BMC does not answer: is it powered, is the address right, is IPMI over LAN enabled?");
                yield break;
            }
            var suite = suites[attempt % suites.Count];
            var patience = Longer(Patience[Math.Min(attempt / suites.Count, Patience.Length - 1)], Slowness);
            _rakp = new(suite, (byte)Access.Privilege, Rakp.NameOf(Access.User), Access.Password.Reveal().ToArray(), Access.Kg, Access.RandomNumber(), Access.Random(16));
            var (asked, repeated) = (Conversation.Now, false);
            foreach (var (message, read) in Messages())
            {
                (_status, asked) = (null, Conversation.Now);
                patience = Longer(patience, Slowness);
                var exchange = new Exchange(message(), packet => (_status = read(packet)) is not null, [patience, 2 * patience]);
                yield return exchange;
                unreachable = exchange.Unreachable;
                if (_status is null) break;
                Took(Conversation.Now - asked);
                (heard, unreachable) = (true, null);
                if (_status != RakpStatus.Ok) break;
                repeated |= Conversation.Now - asked > patience;
            }
            switch (_status)
            {
                case RakpStatus.Ok:
                    Access.Memory[Remembered] = suite.Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
                    (_link, _sequence) = (_rakp.Link(), 0);
                    _number = BitConverter.GetBytes(_rakp.Theirs);
                    yield break;
                case null: break;
                case { } status when RakpStatus.IsAboutTheSuite(status):
                    if (suites.Count > 1)
                    {
                        suites.Remove(suite);
                        attempt = -1;
                        break;
                    }
                    Problem = new(VerdictKind.Refused, $"the BMC does not take cipher suite {suite.Number}: name one that it knows with cipher=, or allow this one on the BMC");
                    yield break;
                case RakpStatus.WrongCode when repeated && _fourth: break;      // answers to a message and to its repetition may have been mixed: from the start
                case { } status when RakpStatus.IsPassing(status):
                    full = status == RakpStatus.NoResources;
                    yield return new Pause(BetweenFull);
                    break;
                case { } status:
                    if (status == RakpStatus.WrongCode && !_fourth) yield return new Tell(_rakp.Third(RakpStatus.WrongCode));
                    Problem = Refusal(status);
                    yield break;
            }
        }
    }

    private bool _fourth;

    /// <summary>The three questions of the handshake, each with the reader of its answer.</summary>
    private IEnumerable<(Func<byte[]> Message, Func<ReadOnlyMemory<byte>, byte?> Read)> Messages()
    {
        _fourth = false;
        yield return (() => _rakp.Open(++_tag), packet => _rakp.Opened(packet.Span));
        yield return (() => _rakp.First(), packet => _rakp.Second(packet.Span));
        _fourth = true;
        yield return (() => _rakp.Third(RakpStatus.Ok), packet => _rakp.Fourth(packet.Span));
    }

    private List<CipherSuite> Suites()
    {
        if (Access.Cipher is { } configured) return [configured];
        List<CipherSuite> suites = [.. CipherSuite.Usual];
        if (int.TryParse(Access.Memory[Remembered], out var last) && suites.Find(s => s.Number == last) is { } known)
        {
            suites.Remove(known);
            suites.Insert(0, known);
        }
        return suites;
    }

    private DeviceVerdict Refusal(byte status) => new(VerdictKind.Refused, status switch
    {
        RakpStatus.UnknownName => $"the BMC does not know user {Access.User}, or not with the privilege {Access.PrivilegeName}: check username; set privlvl=operator if the user is an operator",
        RakpStatus.BadRole or RakpStatus.RoleNotAllowed => $"the BMC does not let user {Access.User} in as {Access.PrivilegeName}: set privlvl=operator, which is enough to switch power",
        RakpStatus.WrongCode when !_fourth => $"the BMC's answer does not fit the password of user {Access.User}: the password is wrong, or longer than the BMC keeps (20 bytes)",
        RakpStatus.WrongCode when Access.Kg.Length == 0 => "the name and the password are right, but the BMC uses a key of its own (Kg): give it with hexadecimal_kg",
        RakpStatus.WrongCode => "the name and the password are right, but the BMC's key (Kg) is another: check hexadecimal_kg",
        _ => $"the BMC refused the login (status {status:X2})",
    });

    protected override byte[] Pack(ReadOnlySpan<byte> message) => _link!.Seal(Next(ref _sequence), message, Access.Random(16));

    protected override byte[]? Unpack(ReadOnlySpan<byte> packet) => _link!.Open(packet);
}
