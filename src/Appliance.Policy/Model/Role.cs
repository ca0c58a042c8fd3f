namespace Appliance.Policy.Model;

/// <summary>What a resource is, or is to be, on a node. The order counts: a higher role is "more".</summary>
public enum Role { Unknown, Stopped, Started, Unpromoted, Promoted }

/// <summary>Roles as text.</summary>
public static class Roles
{
    public static Role Parse(string? text) => text?.ToUpperInvariant() switch
    {
        "STOPPED" => Role.Stopped,
        "STARTED" => Role.Started,
        "UNPROMOTED" or "SLAVE" => Role.Unpromoted,
        "PROMOTED" or "MASTER" => Role.Promoted,
        _ => Role.Unknown,
    };

    public static string Text(this Role role) => role switch
    {
        Role.Stopped => "Stopped",
        Role.Started => "Started",
        Role.Unpromoted => "Unpromoted",
        Role.Promoted => "Promoted",
        _ => "Unknown",
    };
}
