using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices;

/// <summary>A kind of fencing device that we speak ourselves. One folder below <c>Devices/</c> each.</summary>
public abstract class DeviceType
{
    /// <summary>As in <c>appliance fence NAME</c>: <c>ipmi</c>, <c>pdu</c>, <c>scsi</c>.</summary>
    public abstract string Name { get; }

    /// <summary>One line.</summary>
    public abstract string Short { get; }

    /// <summary>What it does, what it proves, what it needs: for metadata and manual.</summary>
    public abstract string Long { get; }

    /// <summary>fence-agents' names it answers to, and the defaults that each changes: <c>fence_ilo3</c> has power_wait 4.</summary>
    public abstract ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames { get; }

    public abstract ImmutableArray<DeviceParameter> Parameters { get; }
    public abstract ImmutableArray<FenceAction> Actions { get; }

    /// <summary>Cuts a node off from storage or network instead of its power: no reboot, and <c>on</c> is unfencing at the node's join.</summary>
    public virtual bool IsFabric => false;

    /// <summary><c>on</c> must run on the node itself (SCSI registrations).</summary>
    public virtual bool UnfencesOnTarget => false;

    /// <summary>Why it proves nothing and is for tests only; <c>null</c> for a device that can be trusted.</summary>
    public virtual string? Unsafe => null;

    /// <summary>One outlet is one machine's whole device: no <c>plug</c> is needed (a BMC).</summary>
    public virtual bool IsPlugless => false;

    /// <summary>Problems that only this type can see: a pair of parameters that do not go together.</summary>
    public virtual IEnumerable<string> Check(DeviceParameters parameters) => [];

    /// <summary>The dialogue that carries the order out. Called only with parameters that have no problem.</summary>
    public abstract Conversation Converse(DeviceOrder order);
}

/// <summary>One order to one device.</summary>
/// <param name="Plugs">Outlets of one node: all are off before the node is; empty for a device that is one machine's own.</param>
/// <param name="Memory">What was learnt of this device before, and what is to be remembered for the next time.</param>
public sealed record DeviceOrder(FenceAction Action, ImmutableArray<string> Plugs, DeviceParameters Parameters, DeviceMemory Memory, IEntropy Entropy);

/// <summary>What is worth remembering of a device between two orders: the cipher suite that worked, the profile found. Never a secret, never a state.</summary>
public sealed class DeviceMemory
{
    private readonly SortedDictionary<string, string> _facts = new(StringComparer.Ordinal);

    public string? this[string fact]
    {
        get => _facts.GetValueOrDefault(fact);
        set
        {
            if (value is null) _facts.Remove(fact);
            else _facts[fact] = value;
        }
    }

    public IReadOnlyDictionary<string, string> Facts => _facts;
}

/// <summary>Randomness, which enters as data: session numbers, nonces, initialisation vectors.</summary>
public interface IEntropy
{
    void Fill(Span<byte> bytes);
}
