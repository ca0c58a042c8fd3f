namespace Appliance.Stonith.Devices.Scsi;

/// <summary>Why a disk did not carry a command out (SPC-4, 4.5).</summary>
/// <param name="Key">Sense key: 5 illegal request, 6 unit attention...</param>
/// <param name="Code">Additional sense code.</param>
internal readonly record struct SenseData(byte Key, byte Code, byte Qualifier)
{
    private const byte NotReady = 2, IllegalRequest = 5, UnitAttention = 6, DataProtect = 7;

    /// <summary>Something happened since the last command (29 reset, 2A/03 to 05 reservations); this one was not carried out.</summary>
    public bool IsAttention => Key == UnitAttention;

    /// <summary>Coming up, or changing its active controller: soon over.</summary>
    public bool IsTransient => (Key, Code, Qualifier) is (NotReady, 0x04, 0x01 or 0x0A);

    /// <summary>Fixed or descriptor format; <c>null</c> for anything else.</summary>
    public static SenseData? Read(ReadOnlySpan<byte> sense) => sense switch
    {
        [0x70 or 0x71 or 0xF0 or 0xF1, _, var key, ..] when sense.Length >= 14 => new((byte)(key & 0x0F), sense[12], sense[13]),
        [0x72 or 0x73, var key, var code, var qualifier, ..] => new((byte)(key & 0x0F), code, qualifier),
        _ => null,
    };

    /// <summary>For the operator, with what to look at.</summary>
    public DeviceVerdict Meaning(string device) => (Key, Code, Qualifier) switch
    {
        (IllegalRequest, 0x20, _) => new(VerdictKind.Unsupported, $"{device} does not know persistent reservations"),
        (IllegalRequest, 0x24 or 0x26, _) => new(VerdictKind.Unsupported, $"{device} does not take this form of a persistent reservation (sense 5/{Code:X2}/{Qualifier:X2}); with aptpl, try without"),
        (IllegalRequest, 0x55, 0x04) => new(VerdictKind.NotAllowed, $"{device} has no room for another registration: registrations of machines that are gone must be cleared"),
        (IllegalRequest, 0x25, _) => new(VerdictKind.NoSuchPlug, $"{device}: there is no such logical unit any more"),
        (DataProtect, _, _) => new(VerdictKind.NotAllowed, $"{device} is write-protected"),
        (NotReady, _, _) => new(VerdictKind.Unreachable, $"{device} is not ready (sense 2/{Code:X2}/{Qualifier:X2})"),
        _ => new(VerdictKind.Garbled, $"{device}: sense {Key:X}/{Code:X2}/{Qualifier:X2}"),
    };
}
