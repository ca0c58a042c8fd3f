using System.Collections.Immutable;
using Appliance.Core;

namespace Appliance.Stonith.Fencer;

/// <summary>Where a reboot over several devices is; with one device, and for every other action, it is simply asked for.</summary>
internal enum Phase { AsAsked, AllOff, AllOn }

/// <summary>An order that this node carries through: it finds out who can do it, and has one device after the other used until it is proven.</summary>
internal sealed class Operation(FencingOrder order, IEnumerable<string> asked, Instant answersBy)
{
    public FencingOrder Order => order;

    /// <summary>Nodes that have not answered yet which devices they have.</summary>
    public SortedSet<string> Unanswered { get; } = new(asked, StringComparer.Ordinal);
    public Instant AnswersBy => answersBy;

    /// <summary>Answers, in the order of the nodes' names.</summary>
    public SortedDictionary<string, NodeOffers> Offers { get; } = new(StringComparer.Ordinal);

    /// <summary>Orders of others for the same: they get the same end.</summary>
    public List<string> Duplicates { get; } = [];

    /// <summary>Sets of devices that must all succeed; the first set that does ends the order. Empty while answers are awaited.</summary>
    public ImmutableArray<ImmutableArray<string>> Sets { get; set; } = [];
    public bool HasTopology { get; set; }
    public bool IsRunning => !Sets.IsEmpty;
    public int Set { get; set; }
    public int Device { get; set; }
    public Phase Phase { get; set; }

    /// <summary>Counts what was executed, so that a late answer is not taken for another's.</summary>
    public int Step { get; set; }

    /// <summary>Who executes the present step.</summary>
    public string? Executor { get; set; }
    public Instant StepBy { get; set; } = Instant.Never;
    public Instant EndBy { get; set; } = Instant.Never;
    public string? Delegate { get; set; }

    /// <summary>What went wrong, device by device.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>Nodes whose try of the present device failed because they went away.</summary>
    public SortedSet<string> Gone { get; } = new(StringComparer.Ordinal);

    public string CurrentDevice => Sets[Set][Device];

    public FenceAction Action => Phase switch { Phase.AllOff => FenceAction.Off, Phase.AllOn => FenceAction.On, _ => order.Action };

    public DeviceOffer? OfferOf(string node, string device) => Offers.GetValueOrDefault(node)?.Of(device);

    public bool IsOffered(string device) => Offers.Values.Any(o => o.Of(device) is not null);
}

/// <summary>What one node can use for the target.</summary>
internal sealed record NodeOffers(string Node, ImmutableArray<DeviceOffer> Devices)
{
    public bool HasVerified => Devices.Any(d => d.Verified);

    public DeviceOffer? Of(string device) => Devices.FirstOrDefault(o => o.Device == device);
}
