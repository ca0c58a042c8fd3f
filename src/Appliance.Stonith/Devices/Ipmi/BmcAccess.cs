using System.Globalization;
using Appliance.Core;

namespace Appliance.Stonith.Devices.Ipmi;

/// <summary>Privilege levels (IPMI 2.0, 6.8).</summary>
internal enum Privilege : byte { Callback = 1, User = 2, Operator = 3, Administrator = 4 }

/// <summary>How to get into one BMC: the parameters in IPMI's terms.</summary>
internal sealed class BmcAccess(DeviceParameters parameters, DeviceMemory memory, IEntropy entropy)
{
    public DeviceMemory Memory => memory;
    public string User => parameters["username"];
    public Secret Password { get; } = parameters.Secret("password");

    /// <summary>Key of the BMC; empty: the user's password is the key.</summary>
    public byte[] Kg { get; } = Hexadecimal(parameters["hexadecimal_kg"]) ?? [];
    public Privilege Privilege { get; } = Enum.TryParse<Privilege>(parameters["privlvl"], true, out var level) ? level : Privilege.Administrator;
    public string PrivilegeName => Privilege.ToString().ToLowerInvariant();
    public bool IsPlus => parameters.Flag("lanplus");

    /// <summary><c>null</c>: not configured.</summary>
    public CipherSuite? Cipher { get; } = parameters.Has("cipher") ? CipherSuite.Of(parameters.Integer("cipher")) : null;

    /// <summary>md5, password, none; empty: what the BMC offers.</summary>
    public string Authentication => parameters["auth"].ToLowerInvariant();
    public TimeSpan LoginTime => parameters.Seconds("login_timeout") is var given && given > TimeSpan.Zero ? given : TimeSpan.FromSeconds(5);

    /// <summary>The controller behind the BMC that is meant (<c>target</c>, ipmitool's -t); <c>null</c>: the BMC itself.</summary>
    private readonly byte? _target = Byte(parameters["target"]);

    public byte[] Random(int bytes)
    {
        var random = new byte[bytes];
        entropy.Fill(random);
        return random;
    }

    /// <summary>A session number or starting number: any but 0.</summary>
    public byte[] RandomNumber()
    {
        var number = Random(4);
        if (number.All(b => b == 0)) number[0] = 1;
        return number;
    }

    /// <summary>A message that the bus lost may get through in a moment.</summary>
    public static bool IsPassing(byte undelivered) => undelivered is LostArbitration or BusError || CompletionCodes.IsPassing(undelivered);

    /// <summary>Why a message did not reach the controller that is meant (IPMI 2.0, Send Message, 22.7).</summary>
    public DeviceVerdict Undelivered(byte code) => code switch
    {
        Unacknowledged => new(VerdictKind.NoSuchPlug, $"the BMC has no controller at target 0x{_target:x2} on its bus (completion code {code:X2}): its address, or no target when the BMC itself is meant"),
        LostArbitration or BusError => new(VerdictKind.TimedOut, $"the BMC's bus to target 0x{_target:x2} fails (completion code {code:X2})"),
        _ => new(VerdictKind.TimedOut, $"the BMC does not pass messages on to target 0x{_target:x2}: {CompletionCodes.Words(code)}"),
    };

    /// <summary>The message for the controller that is meant: in an envelope (Send Message, tracked, on channel 0) when it is not the BMC itself.</summary>
    public byte[] Bridged(IpmiCommand command, byte number, byte[] data) =>
        _target is not { } target || command.NetFn != IpmiCommand.ChassisStatus.NetFn
            ? IpmiMessage.Request(command, number, data)
            : IpmiMessage.Request(IpmiCommand.SendMessage, number, [Tracked, .. IpmiMessage.Request(command, number, data, target, IpmiMessage.Bmc)]);

    /// <summary>The answer in a message; the mere receipt of an envelope is none, its refusal is.</summary>
    public IpmiAnswer? AnswerOf(byte[]? message, IpmiCommand command, byte number)
    {
        if (message is null) return null;
        if (_target is null || command.NetFn != IpmiCommand.ChassisStatus.NetFn) return IpmiMessage.Answer(message, command, number);
        if (IpmiMessage.Answer(message, IpmiCommand.SendMessage, number) is not { } envelope) return IpmiMessage.Answer(message, command, number);
        return envelope switch
        {
            { Code: not CompletionCodes.Done } => envelope with { IsUndelivered = true },
            { Data.Length: > 0 } => IpmiMessage.Answer(envelope.Data.Span, command, number),
            _ => null,
        };
    }

    private const byte Tracked = 0x40, LostArbitration = 0x81, BusError = 0x82, Unacknowledged = 0x83;

    public static byte[]? Hexadecimal(string text)
    {
        var digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
        return digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : null;
    }

    /// <summary>A slave address, decimal or with 0x.</summary>
    public static byte? Byte(string text) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? byte.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hexadecimal) ? hexadecimal : null
            : byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
