namespace Appliance.Haresources;

/// <summary>The wire's words for what is held or moved, and the other side's view of them.</summary>
public static class HoldingWords
{
    public static string Word(this Holding holding) => holding switch
    {
        Holding.Local => "local",
        Holding.Foreign => "foreign",
        Holding.All => "all",
        _ => "none",
    };

    /// <summary>Reads <c>rsc_hold</c>; <c>failback</c> (sent by hb_takeover) is left to the reader.</summary>
    public static Holding? Parse(string? word) => word switch
    {
        "none" => Holding.None,
        "local" => Holding.Local,
        "foreign" => Holding.Foreign,
        "all" => Holding.All,
        _ => null,
    };

    /// <summary>My local is the other node's foreign.</summary>
    public static Holding Mirrored(this Holding holding) =>
        (holding.HasFlag(Holding.Local) ? Holding.Foreign : Holding.None) | (holding.HasFlag(Holding.Foreign) ? Holding.Local : Holding.None);
}
