using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Ipmi;

/// <summary>One command to the BMC and what became of it.</summary>
internal sealed class IpmiRequest(IpmiCommand command, params byte[] data)
{
    public IpmiCommand Command => command;
    public byte[] Data => data;

    /// <summary>It changes something: sent once, and whoever asks reads afterwards what it did.</summary>
    public bool Once { get; init; }

    /// <summary><c>null</c>: silence.</summary>
    public IpmiAnswer? Answer { get; set; }
    public bool IsDone => Answer?.Code == CompletionCodes.Done;
}

/// <summary>A session with one BMC. Not usable any more after silence: it is opened again then.</summary>
internal abstract class IpmiSession(BmcAccess access, Conversation conversation)
{
    /// <summary>How long the tries of one message wait: together 4.5 s, as long as fence-agents' login_timeout.</summary>
    protected static readonly ImmutableArray<TimeSpan> Patience = [.. Array.ConvertAll<int, TimeSpan>([300, 600, 1200, 2400], ms => TimeSpan.FromMilliseconds(ms))];
    private static readonly TimeSpan BetweenBusy = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(2);
    private const int MostBusy = 10;
    private byte _requests;

    /// <summary>Why there is no session; <c>null</c> when there is.</summary>
    public DeviceVerdict? Problem { get; protected set; }
    protected BmcAccess Access => access;

    /// <summary>Half as long again as the longest wait for an answer so far, up to 3 s: asking again before that would only burden a slow BMC.</summary>
    protected TimeSpan Slowness { get; private set; }

    protected void Took(TimeSpan wait) => Slowness = Longer(Slowness, 1.5 * (wait < MostWait ? wait : MostWait));

    protected static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
    protected Conversation Conversation => conversation;

    public bool IsOpen => Problem is null && Number is not null;

    /// <summary>Opens it, and takes the privilege that the configuration names.</summary>
    public IEnumerable<Step> Open()
    {
        Problem = null;
        foreach (var step in Enter()) yield return step;
        if (Problem is not null || access.Privilege == Privilege.User) yield break;
        var privilege = new IpmiRequest(IpmiCommand.SetPrivilege, (byte)access.Privilege);
        foreach (var step in Ask(privilege)) yield return step;
        Problem = privilege switch
        {
            { IsDone: true } => null,
            { Answer: { } answer } when answer.Code is 0x80 or 0x81 or CompletionCodes.InsufficientPrivilege or 0x82 or 0x87 =>
                new(VerdictKind.Refused, $"the BMC does not give user {access.User} the privilege {access.PrivilegeName} (completion code {answer.Code:X2}): set privlvl=operator, which is enough to switch power, or give the user more on the BMC"),
            { Answer: { } answer } => new(VerdictKind.Garbled, $"the BMC refused the privilege {access.PrivilegeName}: {CompletionCodes.Words(answer.Code)}"),
            _ => new(VerdictKind.TimedOut, "the BMC opened a session and then fell silent"),
        };
    }

    /// <summary>Everything up to the first command inside the session.</summary>
    protected abstract IEnumerable<Step> Enter();

    /// <summary>The packet that carries a message inside the session; made anew for every try, with the next number.</summary>
    protected abstract byte[] Pack(ReadOnlySpan<byte> message);

    /// <summary>The message in a packet of the session, or <c>null</c>.</summary>
    protected abstract byte[]? Unpack(ReadOnlySpan<byte> packet);

    /// <summary>The session's number as Close Session wants it; <c>null</c> when none is open.</summary>
    protected abstract byte[]? Number { get; }

    public IEnumerable<Step> Ask(IpmiRequest request)
    {
        for (var busy = 0; ; busy++)
        {
            var number = NextNumber();
            request.Answer = null;
            byte[] Packet() => Pack(access.Bridged(request.Command, number, request.Data));
            var asked = Conversation.Now;
            yield return new Exchange(Packet(), packet => (request.Answer = access.AnswerOf(Unpack(packet.Span), request.Command, number)) is not null,
                request.Once ? [Longer(Patience[2], Slowness)] : [.. Array.ConvertAll([.. Patience], p => Longer(p, Slowness))]) { Again = () => Packet() };
            if (request.Answer is not null) Took(Conversation.Now - asked);
            if (request.Answer is not { } answer || !(answer.IsUndelivered ? BmcAccess.IsPassing(answer.Code) : CompletionCodes.IsPassing(answer.Code)) || busy == MostBusy) yield break;
            yield return new Pause(BetweenBusy);
        }
    }

    /// <summary>Close Session, to be sent and not waited for; empty when there is nothing to close.</summary>
    public ReadOnlyMemory<byte> Closing() => Number is { } number ? Pack(IpmiMessage.Request(IpmiCommand.CloseSession, NextNumber(), number)) : default;

    /// <summary>The next of a session's packet numbers, which are never 0.</summary>
    protected static uint Next(ref uint sequence)
    {
        if (++sequence == 0) sequence = 1;
        return sequence;
    }

    protected byte NextNumber() => _requests = (byte)((_requests + 1) & 0x3F);
}
