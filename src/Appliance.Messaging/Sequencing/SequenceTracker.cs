using Appliance.Core;

namespace Appliance.Messaging.Sequencing;

/// <summary>What a sequence number says about a message.</summary>
public enum SequenceVerdict
{
    /// <summary>New: process it.</summary>
    Accept,
    /// <summary>One we had been missing: process it.</summary>
    AcceptMissing,
    /// <summary>Had it already: it only shows that the link works.</summary>
    Duplicate,
}

/// <summary>One sender's sequence numbers: what came, what is missing, when to ask again. Allocates nothing after its birth.</summary>
/// <remarks>Messages are processed as they arrive, as 3.0.6 does: a number that is skipped is asked for, not waited for.</remarks>
public sealed class SequenceTracker
{
    /// <summary>More missing than this at once cannot be asked for: the sender's history is no longer (3.0.6: MAXMISSING).</summary>
    public const int MaxMissing = 499;

    /// <summary>So many requests may go out at one instant.</summary>
    private const int Burst = 16;

    private readonly long[] _missing = new long[MaxMissing];
    private readonly Instant[] _askAt = new Instant[MaxMissing];

    /// <summary>Highest number seen; 0 before the first.</summary>
    public long Last { get; private set; }
    public int MissingCount { get; private set; }

    /// <summary>Messages that never came.</summary>
    public long Lost { get; private set; }

    /// <summary>The sender restarted: numbers begin anew.</summary>
    public void Reset() => (Last, MissingCount) = (0, 0);

    /// <summary>Takes a number.</summary>
    /// <param name="firstDelay">How long to wait before the first request for each number found missing.</param>
    /// <param name="again">Time between two requests for one number; a large gap's first requests are spread over it, so that they do not fill a serial line.</param>
    /// <param name="gap">How many numbers were skipped before this one; -1 when too many to ask for.</param>
    public SequenceVerdict Take(long sequence, Instant now, TimeSpan firstDelay, TimeSpan again, out int gap)
    {
        gap = 0;
        if (Last == 0 || sequence == Last + 1)
        {
            Last = sequence;
            return SequenceVerdict.Accept;
        }
        if (sequence <= Last)
        {
            for (var i = 0; i < MissingCount; i++)
                if (_missing[i] == sequence)
                {
                    Remove(i);
                    return SequenceVerdict.AcceptMissing;
                }
            return SequenceVerdict.Duplicate;
        }
        var skipped = sequence - Last - 1;
        if (skipped + MissingCount > MaxMissing)
        {
            Lost += skipped + MissingCount;
            MissingCount = 0;
            gap = -1;
        }
        else
        {
            for (var number = Last + 1; number < sequence; number++)
                (_missing[MissingCount], _askAt[MissingCount++]) = (number, now + firstDelay + again * ((number - Last - 1) / Burst) / 8);
            gap = (int)skipped;
        }
        Last = sequence;
        return SequenceVerdict.Accept;
    }

    /// <summary>The sender cannot send it again: forget it.</summary>
    public bool GiveUp(long sequence)
    {
        for (var i = 0; i < MissingCount; i++)
            if (_missing[i] == sequence)
            {
                Remove(i);
                Lost++;
                return true;
            }
        return false;
    }

    /// <summary>Everything at or before a number has come.</summary>
    public bool CompleteThrough(long sequence) => MissingCount == 0 || _missing[0] > sequence;

    /// <summary>Highest number below the first missing one.</summary>
    public long CompleteTo => MissingCount == 0 ? Last : _missing[0] - 1;

    /// <summary>When the next request is due; <see cref="Instant.Never"/> when nothing is missing.</summary>
    public Instant NextAsk
    {
        get
        {
            var next = Instant.Never;
            for (var i = 0; i < MissingCount; i++) next = Instant.Min(next, _askAt[i]);
            return next;
        }
    }

    /// <summary>The first number of a run whose request is due, and notes the next time for it; 0 when none is.</summary>
    /// <param name="most">Longest run of consecutive numbers to ask for at once.</param>
    /// <param name="last">Last number of the run.</param>
    public long DueAsk(Instant now, TimeSpan again, int most, out long last)
    {
        last = 0;
        for (var i = 0; i < MissingCount; i++)
        {
            if (_askAt[i] > now) continue;
            var first = _missing[i];
            last = first;
            for (var n = 0; n < most && i + n < MissingCount && _missing[i + n] == first + n; n++) (_askAt[i + n], last) = (now + again, first + n);
            return first;
        }
        return 0;
    }

    private void Remove(int at)
    {
        MissingCount--;
        for (var i = at; i < MissingCount; i++) (_missing[i], _askAt[i]) = (_missing[i + 1], _askAt[i + 1]);   // stays in rising order
    }
}
