namespace Appliance.Stonith.Devices.Ipmi;

/// <summary>Completion codes in words (IPMI 2.0, table 5-2).</summary>
internal static class CompletionCodes
{
    public const byte Done = 0x00, InsufficientPrivilege = 0xD4, NotInThisState = 0xD5;

    /// <summary>It may go better in a moment: busy, timed out, out of space, cannot answer now, destination away.</summary>
    public static bool IsPassing(byte code) => code is 0xC0 or 0xC3 or 0xC4 or 0xCE or 0xD3;

    /// <summary>Refused for want of a right rather than for its contents.</summary>
    public static bool IsRefusal(byte code) => code is InsufficientPrivilege or 0x81 or 0x82 or 0x87;

    public static string Words(byte code) => code switch
    {
        0xC0 => "it is busy",
        0xC1 => "it does not know this command",
        0xC2 => "it does not know this command here",
        0xC3 => "it timed out within",
        0xC4 => "it is out of space",
        0xC5 => "the reservation is gone",
        0xC7 or 0xC8 => "it finds the request's length wrong",
        0xC9 => "it finds a parameter out of range",
        0xCB => "it has no such thing",
        0xCC => "it finds a field of the request invalid",
        0xCE => "it cannot answer now",
        0xD3 => "the part it should ask is away",
        InsufficientPrivilege => "the privilege is not enough",
        NotInThisState => "not possible in its present state",
        0xFF => "it gives no reason",
        _ => "a reason of its own",
    } + $" (completion code {code:X2})";
}
