using System.Collections.Immutable;
using Appliance.Core.Diagnostics;
using Appliance.Messaging;

namespace Appliance.Crm.Move;

/// <summary>What a node found when it looked whether it can move.</summary>
/// <param name="Digest">Of what the CRM would manage here: nodes must agree on it.</param>
/// <param name="Problems">Why not; empty: it can.</param>
/// <param name="Resources">What is managed, by the names of the CIB.</param>
/// <param name="Runs">What of it runs here, as the new engine will find it.</param>
public sealed record MoveCheck(string Digest, ImmutableArray<string> Problems, ImmutableArray<string> Resources, ImmutableArray<string> Runs);

/// <summary>What happens to a move.</summary>
public abstract record MoveInput
{
    private MoveInput() { }

    /// <summary>What messaging tells.</summary>
    public sealed record Cluster(ClusterEvent Event) : MoveInput;

    /// <summary>An administrator wants it.</summary>
    /// <param name="Id">A new one.</param>
    /// <param name="Client">Answered by <see cref="MoveEffect.Answer"/>, once; not at all where this process ends before.</param>
    /// <param name="OnlyCheck">Whether it could be done; nothing is changed.</param>
    public sealed record Wanted(long Client, string Id, Engine Target, bool IsFresh, bool OnlyCheck) : MoveInput;

    /// <summary>An administrator wants it no longer.</summary>
    public sealed record Withdraw(long Client) : MoveInput;

    /// <summary>The end of <see cref="MoveEffect.Check"/>.</summary>
    public sealed record Checked(string Id, MoveCheck Found) : MoveInput;

    /// <summary><see cref="MoveEffect.Store"/> failed; what was to come after it was not done.</summary>
    public sealed record NotStored(string Why) : MoveInput;

    /// <summary><see cref="MoveEffect.Switch"/> is not possible now.</summary>
    public sealed record NotSwitched(string Why) : MoveInput;

    public sealed record Tick : MoveInput;
}

/// <summary>What a move wants of the process it lives in, in this order.</summary>
public abstract record MoveEffect
{
    private MoveEffect() { }

    /// <summary>Look whether this node can move, beside this thread; answered by <see cref="MoveInput.Checked"/>, always.</summary>
    public sealed record Check(MoveMark Wanted) : MoveEffect;

    /// <summary>A message for the node in its field <c>dest</c>.</summary>
    public sealed record Send(Message Message) : MoveEffect;

    /// <summary>Write it down, and say it in heartbeats from now on; null: no more. Later effects only where that succeeded.</summary>
    public sealed record Store(MoveMark? Mark) : MoveEffect;

    /// <summary>The engine decides nothing and does nothing from now on; what runs, runs.</summary>
    public sealed record Freeze : MoveEffect;

    /// <summary>The engine goes on, and is told what it missed.</summary>
    public sealed record Thaw : MoveEffect;

    /// <summary>Restart the daemon in place; ha.cf says the new engine (where it does not: <see cref="MoveInput.NotSwitched"/>).</summary>
    public sealed record Switch(MoveMark Mark) : MoveEffect;

    public sealed record Answer(long Client, bool Ok, string Text) : MoveEffect;

    public sealed record Log(LogPriority Priority, string Text) : MoveEffect;
}
