namespace Appliance.Policy.Model;

/// <summary>
/// An ordering that waits until all actions exist. Each side is an action, or a resource and the key of its actions.
/// </summary>
public sealed class Ordering(int id, OrderFlags flags)
{
    public int Id { get; } = id;
    public OrderFlags Flags { get; set; } = flags;
    public PolicyResource? FirstResource { get; init; }
    public string? FirstKey { get; init; }
    public PolicyAction? FirstAction { get; set; }
    public PolicyResource? ThenResource { get; init; }
    public string? ThenKey { get; init; }
    public PolicyAction? ThenAction { get; set; }
    /// <summary>The constraint that asks for it; null when nobody configured it.</summary>
    public Configured? By { get; init; }
}

/// <summary>A constraint as it stands in the configuration.</summary>
/// <param name="Kind">The element's name.</param>
/// <param name="Place">Where it stands among all.</param>
/// <param name="IsFirm">Not only to be followed when both actions happen anyway.</param>
public sealed record Configured(string Kind, string Id, int Place, bool IsFirm)
{
    /// <summary>Which holds longer: what keeps resources apart, then what must be followed, then the rest; among these what stands first. Greater is firmer.</summary>
    public int CompareTo(Configured other) =>
        (Kind == "rsc_colocation") != (other.Kind == "rsc_colocation") ? Kind == "rsc_colocation" ? 1 : -1
        : IsFirm != other.IsFirm ? IsFirm ? 1 : -1
        : other.Place.CompareTo(Place);

    /// <summary>Why a relation holds that there is more than one reason for: what nobody configured is firmest.</summary>
    public static Configured? Firmer(Configured? one, Configured? other) => one is null || other is null ? null : one.CompareTo(other) >= 0 ? one : other;
}

/// <summary>A preference of a resource for nodes.</summary>
public sealed class Location(string id, PolicyResource resource, Role role, Discovery? discovery)
{
    public string Id { get; } = id;
    public PolicyResource Resource { get; } = resource;
    public Role Role { get; } = role;
    public Discovery? Discovery { get; } = discovery;
    public List<Candidate> Nodes { get; } = [];
}

/// <summary>One resource is to be where another is.</summary>
public sealed class Colocation(string id, PolicyResource dependent, PolicyResource primary, int score)
{
    public string Id { get; } = id;
    public PolicyResource Dependent { get; } = dependent;
    public PolicyResource Primary { get; } = primary;
    public int Score { get; } = score;
    public string NodeAttribute { get; init; } = "#uname";
    public Role DependentRole { get; init; }
    public Role PrimaryRole { get; init; }
    /// <summary>Whether the dependent moves an active primary.</summary>
    public bool Influence { get; init; }
    /// <summary>Configured by somebody, not made from a group or a launcher.</summary>
    public bool Explicit { get; init; }

    public bool IsMandatory => Score is >= Scores.Infinity or <= -Scores.Infinity;

    public override string ToString() => $"{Id}: {Dependent} with {Primary} {Scores.Text(Score)}";
}

/// <summary>What happens on the loss of a ticket.</summary>
public enum LossPolicy { Stop, Demote, Fence, Freeze }

/// <summary>The right of a site to run things.</summary>
public sealed class Ticket(string id)
{
    public string Id { get; } = id;
    public bool Granted { get; set; }
    public bool Standby { get; set; }
}

/// <summary>A resource needs a ticket.</summary>
public sealed record Ticketing(string Id, PolicyResource Resource, Ticket Ticket, LossPolicy LossPolicy, Role Role);

/// <summary>The four pseudo-actions around an operation of a clone that notifies, and whom it tells what.</summary>
public sealed class Notification
{
    public required string Operation { get; init; }
    public PolicyAction? Pre { get; set; }
    public PolicyAction? PreDone { get; set; }
    public PolicyAction? Post { get; set; }
    public PolicyAction? PostDone { get; set; }
    public List<NotifyEntry> Active { get; } = [];
    public List<NotifyEntry> Inactive { get; } = [];
    public List<NotifyEntry> Start { get; } = [];
    public List<NotifyEntry> Stop { get; } = [];
    public List<NotifyEntry> Promote { get; } = [];
    public List<NotifyEntry> Demote { get; } = [];
    public List<NotifyEntry> Promoted { get; } = [];
    public List<NotifyEntry> Unpromoted { get; } = [];
    public List<KeyValuePair<string, string>> Keys { get; } = [];
}

/// <summary>An instance and the node it is, or will be, on.</summary>
public sealed record NotifyEntry(PolicyResource Resource, PolicyNode? Node);
