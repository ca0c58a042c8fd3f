using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Messaging;

namespace Appliance.Haresources;

/// <summary>Another node as the resource manager sees it.</summary>
internal sealed class Peer(string name, int order)
{
    public string Name { get; } = name;

    /// <summary>Place in ha.cf.</summary>
    public int Order { get; } = order;
    public NodeStatus Status { get; set; } = NodeStatus.Init;

    /// <summary>It speaks our extensions.</summary>
    public bool Ours { get; set; }

    /// <summary>What it said it holds: its local is our foreign.</summary>
    public Holding Holding { get; set; }
    public bool Stable { get; set; }

    /// <summary>What it held when it fell silent. A 3.0.6 that is heard again either still holds it, or restarts and says so.</summary>
    public Holding HeldWhenLost { get; set; }

    /// <summary>Groups it named in its last report before its death. Its kernel may still hold their addresses.</summary>
    public ImmutableHashSet<string> HeldBeforeSilence { get; set; } = [];

    /// <summary>Until then a 3.0.6 that holds what we hold too begins to give it up: it restarts if it missed us as we missed it, or our reports crossed.</summary>
    public Instant GivesUpBy { get; set; } = Instant.Never;

    /// <summary>A 3.0.6 was asked for its report since it returned.</summary>
    public bool Asked { get; set; }

    /// <summary>It has sent a full report since its last start (or since we stopped trusting the last one).</summary>
    public bool Reported { get; set; }

    /// <summary>It said <c>shutdone</c>: everything is given up. Only this, not its <c>resource none</c> at the start of a shutdown, makes fencing unneeded.</summary>
    public bool GaveUp { get; set; }

    /// <summary>A fencing of it was confirmed in this death.</summary>
    public bool Fenced { get; set; }

    /// <summary>The fencing under way; 0 when none is.</summary>
    public int Fencing { get; set; }

    /// <summary>It was heard alive since that fencing began: its success, told afterwards, is not about the life we know now.</summary>
    public bool FencingIsStale { get; set; }
    public Instant FenceAgainAt { get; set; } = Instant.Never;

    /// <summary>It was heard since we started.</summary>
    public bool EverHeard { get; set; }

    /// <summary>Its death waits for something (our own start, a fencing) before its groups are taken.</summary>
    public bool ToTakeOver { get; set; }

    /// <summary>Its last full report named its groups; otherwise only the side is known (<see cref="Holding"/>).</summary>
    public bool NamesGroups { get; set; }

    /// <summary>Groups it said it holds, and for how long it had then; only from ours.</summary>
    public ImmutableSortedDictionary<string, TimeSpan> Groups { get; set; } = ImmutableSortedDictionary<string, TimeSpan>.Empty;

    /// <summary>Groups it wants to start, each with the number of that claim (several nodes).</summary>
    public ImmutableSortedDictionary<string, long> Claims { get; set; } = ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>Claims of ours that it has granted.</summary>
    public ImmutableSortedDictionary<string, long> Grants { get; set; } = ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>Groups it does not take for now: it gave them up, or could not start them.</summary>
    public ImmutableArray<string> Refuses { get; set; } = [];

    /// <summary>Dead nodes of which it had a fencing confirmed, with the generation that ended.</summary>
    public ImmutableSortedDictionary<string, long> HasFenced { get; set; } = ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>It understands that one group is given up, and not the whole side; it says so in its reports.</summary>
    public bool TakesOne { get; set; }

    /// <summary>Groups that failed there more often than they are restarted, each with the tick until which that counts.</summary>
    public ImmutableSortedDictionary<string, long> Spent { get; set; } = ImmutableSortedDictionary<string, long>.Empty;

    public bool IsSpent(string key, Instant now) => Spent.TryGetValue(key, out var until) && until > now.Ticks;

    /// <summary>Number of the newest message we were given, and its sender's clock.</summary>
    public MessageNumber Newest { get; private set; }
    public long NewestSeconds { get; private set; }

    /// <summary>Number of the full report that counts: an older one, sent again because it was lost, is history.</summary>
    public MessageNumber Report { get; set; }

    public void Heard(Message message)
    {
        var number = MessageNumber.Of(message);
        if (number.CompareTo(Newest) <= 0) return;
        Newest = number;
        NewestSeconds = MessageNumber.Hex(message["ts"]);
    }

    /// <summary>It speaks again after a silence or a restart.</summary>
    public void ComesBack()
    {
        (Fenced, GaveUp, NamesGroups) = (false, false, false);
        (Claims, Grants, HasFenced) = (Claims.Clear(), Grants.Clear(), HasFenced.Clear());
        if (Fencing != 0) FencingIsStale = true;
    }

    /// <summary>Reads <c>KEY@NUMBER</c> words, of those that begin with <paramref name="prefix"/> (which is cut off).</summary>
    public static ImmutableSortedDictionary<string, long> ReadNumbers(string? words, string prefix = "")
    {
        if (string.IsNullOrEmpty(words)) return ImmutableSortedDictionary<string, long>.Empty;
        var numbers = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            if (word.StartsWith(prefix, StringComparison.Ordinal) && word.LastIndexOf('@') is var at && at > prefix.Length && long.TryParse(word.AsSpan(at + 1), out var number))
                numbers[word[prefix.Length..at]] = number;
        return numbers.ToImmutable();
    }

    public bool Alive => Status is NodeStatus.Init or NodeStatus.Up or NodeStatus.Active && (EverHeard || Status != NodeStatus.Init);
}
