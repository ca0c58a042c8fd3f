namespace Appliance.Stonith.Devices.Ipmi;

/// <summary>Network functions and commands used here (IPMI 2.0, appendix G).</summary>
internal readonly record struct IpmiCommand(byte NetFn, byte Command, string Name)
{
    public static readonly IpmiCommand ChassisStatus = new(0x00, 0x01, "Get Chassis Status");
    public static readonly IpmiCommand ChassisControl = new(0x00, 0x02, "Chassis Control");
    public static readonly IpmiCommand AuthenticationCapabilities = new(0x06, 0x38, "Get Channel Authentication Capabilities");
    public static readonly IpmiCommand SessionChallenge = new(0x06, 0x39, "Get Session Challenge");
    public static readonly IpmiCommand ActivateSession = new(0x06, 0x3A, "Activate Session");
    public static readonly IpmiCommand SetPrivilege = new(0x06, 0x3B, "Set Session Privilege Level");
    public static readonly IpmiCommand CloseSession = new(0x06, 0x3C, "Close Session");
    public static readonly IpmiCommand SendMessage = new(0x06, 0x34, "Send Message");
}

/// <summary>An answer of the BMC.</summary>
/// <param name="Code">Completion code; 0: done.</param>
internal sealed record IpmiAnswer(byte Code, ReadOnlyMemory<byte> Data)
{
    /// <summary>The BMC did not get through to the controller that is meant: the code is Send Message's.</summary>
    public bool IsUndelivered { get; init; }
}

/// <summary>The messages inside the packets, alike in both versions (IPMI 2.0, 13.8): addresses, network function, sequence, command, data, two checksums.</summary>
internal static class IpmiMessage
{
    public const byte Bmc = 0x20, Console = 0x81;
    private const int HeaderBytes = 3, SmallestAnswer = 8;

    /// <param name="sequence">0 to 63; comes back in the answer.</param>
    public static byte[] Request(IpmiCommand command, byte sequence, ReadOnlySpan<byte> data, byte to = Bmc, byte from = Console)
    {
        var message = new byte[HeaderBytes + 3 + data.Length + 1];
        (message[0], message[1]) = (to, (byte)(command.NetFn << 2));
        message[2] = Checksum(message.AsSpan(0, 2));
        (message[3], message[4], message[5]) = (from, (byte)(sequence << 2), command.Command);
        data.CopyTo(message.AsSpan(6));
        message[^1] = Checksum(message.AsSpan(3, message.Length - 4));
        return message;
    }

    /// <summary>The answer to a request, or <c>null</c> when the bytes are something else: another request's answer, or damaged.</summary>
    public static IpmiAnswer? Answer(ReadOnlySpan<byte> message, IpmiCommand command, byte sequence)
    {
        if (message.Length < SmallestAnswer || Checksum(message[..2]) != message[2] || Checksum(message[3..^1]) != message[^1]) return null;
        var answers = message[1] >> 2 == (command.NetFn | 1) && message[4] >> 2 == sequence && message[5] == command.Command;
        return answers ? new(message[6], message[7..^1].ToArray()) : null;
    }

    /// <summary>What makes the sum 0 modulo 256.</summary>
    public static byte Checksum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (var b in bytes) sum += b;
        return (byte)-sum;
    }
}
