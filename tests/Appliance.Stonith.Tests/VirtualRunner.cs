using Appliance.Core;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Tests;

/// <summary>Plays a conversation in virtual time against a device that a test wrote.</summary>
internal sealed class VirtualRunner
{
    /// <summary>Gets a datagram, gives back those it sends, each with the time it takes. None: silence.</summary>
    public Func<ReadOnlyMemory<byte>, IEnumerable<(TimeSpan After, byte[] Datagram)>> Device { get; init; } = _ => [];

    /// <summary>Does any other step.</summary>
    public Action<Step> Do { get; init; } = step => throw new InvalidOperationException($"no {step.GetType().Name} was expected");

    public Instant Now { get; private set; } = new(TimeSpan.TicksPerHour);
    public List<byte[]> Sent { get; } = [];
    private readonly PriorityQueue<byte[], (Instant, int)> _coming = new();

    public DeviceVerdict Run(Conversation conversation, TimeSpan? limit = null)
    {
        conversation.Deadline = Now + (limit ?? TimeSpan.FromMinutes(1));
        conversation.Now = Now;
        foreach (var step in conversation.Steps())
        {
            switch (step)
            {
                case Exchange exchange: Exchange(exchange, conversation.Deadline); break;
                case Tell tell: Send(tell.Message); break;
                case Pause pause: Now += pause.Length; break;
                default: Do(step); break;
            }
            if (Now >= conversation.Deadline) return new(VerdictKind.TimedOut, conversation.Doing);
            conversation.Now = Now;
        }
        if (!conversation.Farewell.IsEmpty) Send(conversation.Farewell);
        return conversation.Verdict ?? throw new InvalidOperationException("the conversation ended without a verdict");
    }

    private void Exchange(Exchange exchange, Instant deadline)
    {
        for (var tries = 0; tries < exchange.Patience.Length; tries++)
        {
            Send(tries > 0 && exchange.Again is { } again ? again() : exchange.Request);
            var until = Instant.Min(Now + exchange.Patience[tries], deadline);
            while (_coming.TryPeek(out var datagram, out var at) && at.Item1 <= until)
            {
                _coming.Dequeue();
                if (at.Item1 > Now) Now = at.Item1;
                if (exchange.Accept(datagram))
                {
                    exchange.Answered = true;
                    return;
                }
                exchange.HeardOthers = true;
            }
            Now = until;
            if (Now >= deadline) return;
        }
    }

    private void Send(ReadOnlyMemory<byte> datagram)
    {
        Sent.Add(datagram.ToArray());
        foreach (var (after, answer) in Device(datagram)) _coming.Enqueue(answer, (Now + after, Sent.Count));
    }
}

/// <summary>Bytes that are known beforehand: the golden exchanges' random numbers.</summary>
internal sealed class KnownEntropy(params byte[][] pieces) : Devices.IEntropy
{
    private readonly Queue<byte[]> _pieces = new(pieces);
    private byte _next = 1;

    public void Fill(Span<byte> bytes)
    {
        if (_pieces.TryDequeue(out var piece)) piece.AsSpan(0, bytes.Length).CopyTo(bytes);
        else foreach (ref var b in bytes) b = _next++;
    }
}
