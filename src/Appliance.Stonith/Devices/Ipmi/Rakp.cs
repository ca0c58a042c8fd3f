using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Appliance.Stonith.Devices.Ipmi;

/// <summary>The handshake of RMCP+ (IPMI 2.0, 13.17 to 13.24): what is sent, what is expected back, and the keys that come of it.</summary>
/// <remarks>Names beyond 16 bytes and passwords beyond 20 do not exist in IPMI 2.0.</remarks>
internal sealed class Rakp(CipherSuite suite, byte privilege, byte[] name, ReadOnlyMemory<byte> password, ReadOnlyMemory<byte> bmcKey, byte[] sidm, byte[] rm)
{
    public const int PasswordBytes = 20, NameBytes = 16;

    /// <summary>The user is looked up by name alone, as ipmitool does; without it name and privilege together select the user.</summary>
    private const byte NameOnly = 0x10;
    private byte _tag;
    private byte[] _sidc = new byte[4];
    private byte[] _rc = [];
    private byte[] _guid = [];
    private byte[] _sik = [];

    private byte Role => (byte)(privilege | NameOnly);
    private byte[] Who => [Role, (byte)name.Length, .. name];
    private byte[] Kuid => Padded(password.Span);
    private byte[] Kg => bmcKey.IsEmpty ? Kuid : Padded(bmcKey.Span);

    public byte[] Open(byte tag)
    {
        _tag = tag;
        byte[] contents = [tag, 0, 0, 0, .. sidm, 0, 0, 0, 8, suite.Authentication, 0, 0, 0, 1, 0, 0, 8, suite.Integrity, 0, 0, 0, 2, 0, 0, 8, suite.Confidentiality, 0, 0, 0];
        return RmcpPacket.Plus(RmcpPacket.PayloadOpen, 0, 0, contents);
    }

    /// <summary>Status of the answer to <see cref="Open"/>; <c>null</c>: it is no such answer.</summary>
    public byte? Opened(ReadOnlySpan<byte> packet)
    {
        if (!Payload(packet, RmcpPacket.PayloadOpened, out var contents)) return null;
        if (contents[1] != RakpStatus.Ok) return contents[1];
        if (contents.Length < 36 || !contents.Slice(4, 4).SequenceEqual(sidm)) return null;
        // A BMC that chose anything else than what was asked for is not one that we talk to.
        if (contents[16] != suite.Authentication || contents[24] != suite.Integrity || contents[32] != suite.Confidentiality) return RakpStatus.NoSuite;
        _sidc = contents.Slice(8, 4).ToArray();
        return RakpStatus.Ok;
    }

    public uint Ours => BinaryPrimitives.ReadUInt32LittleEndian(sidm);
    public uint Theirs => BinaryPrimitives.ReadUInt32LittleEndian(_sidc);

    public byte[] First() => RmcpPacket.Plus(RmcpPacket.PayloadRakp1, 0, 0, [_tag, 0, 0, 0, .. _sidc, .. rm, Role, 0, 0, (byte)name.Length, .. name]);

    /// <summary>Status of the second message; <see cref="RakpStatus.WrongCode"/> also when its code does not fit the password.</summary>
    public byte? Second(ReadOnlySpan<byte> packet)
    {
        if (!Payload(packet, RmcpPacket.PayloadRakp2, out var contents)) return null;
        if (contents[1] != RakpStatus.Ok) return contents[1];
        var code = suite.Hash(Kuid, []).Length;
        if (contents.Length < 40 + code || !contents.Slice(4, 4).SequenceEqual(sidm)) return null;
        (_rc, _guid) = (contents.Slice(8, 16).ToArray(), contents.Slice(24, 16).ToArray());
        var expected = suite.Hash(Kuid, [.. sidm, .. _sidc, .. rm, .. _rc, .. _guid, .. Who]);
        return CryptographicOperations.FixedTimeEquals(expected, contents.Slice(40, code)) ? RakpStatus.Ok : RakpStatus.WrongCode;
    }

    /// <param name="status">0, or why the second message is not accepted.</param>
    public byte[] Third(byte status)
    {
        var code = status == RakpStatus.Ok ? suite.Hash(Kuid, [.. _rc, .. sidm, .. Who]) : [];
        return RmcpPacket.Plus(RmcpPacket.PayloadRakp3, 0, 0, [_tag, status, 0, 0, .. _sidc, .. code]);
    }

    /// <summary>Status of the last message; <see cref="RakpStatus.WrongCode"/> also when its code does not fit: another Kg.</summary>
    public byte? Fourth(ReadOnlySpan<byte> packet)
    {
        if (!Payload(packet, RmcpPacket.PayloadRakp4, out var contents)) return null;
        if (contents[1] != RakpStatus.Ok) return contents[1];
        if (contents.Length < 8 + suite.FinalCode || !contents.Slice(4, 4).SequenceEqual(sidm)) return null;
        _sik = suite.Hash(Kg, [.. rm, .. _rc, .. Who]);
        var expected = suite.Hash(_sik, [.. rm, .. _sidc, .. _guid]).AsSpan(0, suite.FinalCode);
        return CryptographicOperations.FixedTimeEquals(expected, contents.Slice(8, suite.FinalCode)) ? RakpStatus.Ok : RakpStatus.WrongCode;
    }

    /// <summary>After the fourth message: the session's two keys, made of twenty times 1 and twenty times 2.</summary>
    public SealedLink Link()
    {
        Span<byte> ones = stackalloc byte[20], twos = stackalloc byte[20];
        ones.Fill(1);
        twos.Fill(2);
        return new(suite, Ours, Theirs, suite.Hash(_sik, ones), suite.Hash(_sik, twos));
    }

    /// <summary>A short answer holds just tag and status (BMCs that refuse do so).</summary>
    private bool Payload(ReadOnlySpan<byte> packet, byte kind, out ReadOnlySpan<byte> contents)
    {
        contents = default;
        if (!RmcpPacket.TryReadPlus(packet, out var read) || read.Payload != kind || read.Session != 0 || read.Contents.Length < 2 || read.Contents[0] != _tag) return false;
        if (read.Contents[1] == RakpStatus.Ok && read.Contents.Length < 8) return false;
        contents = read.Contents;
        return true;
    }

    private static byte[] Padded(ReadOnlySpan<byte> secret)
    {
        var padded = new byte[PasswordBytes];
        secret[..Math.Min(secret.Length, PasswordBytes)].CopyTo(padded);
        return padded;
    }

    public static byte[] NameOf(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        return bytes.Length <= NameBytes ? bytes : bytes[..NameBytes];
    }
}

/// <summary>Status codes of the handshake (IPMI 2.0, table 13-15).</summary>
internal static class RakpStatus
{
    public const byte Ok = 0x00, NoResources = 0x01, BadSession = 0x02, NoAuthentication = 0x04, NoIntegrity = 0x05, InactiveSession = 0x08, BadRole = 0x09, RoleNotAllowed = 0x0A,
        UnknownName = 0x0D, WrongCode = 0x0F, NoConfidentiality = 0x10, NoSuite = 0x11;

    /// <summary>The BMC knows another suite, perhaps.</summary>
    public static bool IsAboutTheSuite(byte status) => status is NoAuthentication or NoIntegrity or NoConfidentiality or NoSuite or 0x06 or 0x07;

    /// <summary>It may go better in a moment, from the start.</summary>
    public static bool IsPassing(byte status) => status is NoResources or BadSession or InactiveSession or 0x0B;
}
