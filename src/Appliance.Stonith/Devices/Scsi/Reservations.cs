using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Appliance.Stonith.Devices.Scsi;

/// <summary>Commands of persistent reservations (SPC-4, 6.15 and 6.16) and what they answer.</summary>
public static class Reservations
{
    /// <summary>Write exclusive, registrants only: whoever is registered writes, nobody else does.</summary>
    public const byte WriteExclusiveRegistrants = 5;

    /// <summary>Exclusive access, all registrants: the last type that lets just registered nodes write.</summary>
    public const byte ExclusiveAccessAllRegistrants = 8;
    public const int Good = 0x00, CheckCondition = 0x02, Busy = 0x08, Conflict = 0x18, TaskSetFull = 0x28;

    /// <summary>Bytes of an answer that are asked for: room for 1,000 keys.</summary>
    public const int Room = 8 + 8 * 1000;

    /// <summary>Room for 128 registrations with the longest names of iSCSI (SPC-4: 24 bytes and a TransportID of 244).</summary>
    public const int FullRoom = 0x8700;
    private const byte In = 0x5E, Out = 0x5F, ReadKeys = 0, ReadReservation = 1, ReadFullStatus = 3, Register = 0, Reserve = 1, PreemptAndAbort = 5, RegisterAndIgnore = 6;
    private const int ParameterBytes = 24, ActivatePersistThroughPowerLoss = 20;

    /// <summary>TEST UNIT READY: takes away a unit attention that waits.</summary>
    public static ImmutableArray<byte> TestReady => [0, 0, 0, 0, 0, 0];

    public static ImmutableArray<byte> KeysCommand => [In, ReadKeys, 0, 0, 0, 0, 0, Room >> 8, Room & 0xFF, 0];

    public static ImmutableArray<byte> ReservationCommand => [In, ReadReservation, 0, 0, 0, 0, 0, Room >> 8, Room & 0xFF, 0];

    public static ImmutableArray<byte> FullStatusCommand => [In, ReadFullStatus, 0, 0, 0, 0, 0, FullRoom >> 8, FullRoom & 0xFF, 0];

    /// <summary>Registers a key, whatever was registered before; 0 takes the registration away.</summary>
    public static (ImmutableArray<byte> Command, byte[] Parameters) RegisterAnyway(ulong key, bool persist) => (OutCommand(RegisterAndIgnore, 0), Parameters(0, key, persist));

    /// <summary>Takes the own registration away.</summary>
    public static (ImmutableArray<byte> Command, byte[] Parameters) Unregister(ulong own) => (OutCommand(Register, 0), Parameters(own, 0, false));

    public static (ImmutableArray<byte> Command, byte[] Parameters) Hold(ulong own) => (OutCommand(Reserve, WriteExclusiveRegistrants), Parameters(own, 0, false));

    /// <summary>Takes another's registration away, and aborts what it has under way.</summary>
    public static (ImmutableArray<byte> Command, byte[] Parameters) Preempt(ulong own, ulong other) => (OutCommand(PreemptAndAbort, WriteExclusiveRegistrants), Parameters(own, other, false));

    /// <summary>The registered keys; <c>null</c> when the answer is damaged, or does not hold them all.</summary>
    public static ImmutableArray<ulong>? Keys(ReadOnlySpan<byte> answer)
    {
        if (answer.Length < 8) return null;
        var length = BinaryPrimitives.ReadUInt32BigEndian(answer[4..]);
        if (length % 8 != 0 || length > (uint)(answer.Length - 8)) return null;
        var keys = ImmutableArray.CreateBuilder<ulong>();
        for (var at = 8; at < 8 + (int)length; at += 8) keys.Add(BinaryPrimitives.ReadUInt64BigEndian(answer[at..]));
        return keys.ToImmutable();
    }

    /// <summary>Who holds the reservation, and of which type; key and type 0 when nobody does; <c>null</c> when the answer is damaged.</summary>
    public static (ulong Key, byte Type)? Reservation(ReadOnlySpan<byte> answer)
    {
        if (answer.Length < 8) return null;
        var length = BinaryPrimitives.ReadUInt32BigEndian(answer[4..]);
        if (length == 0) return (0, 0);
        if (length < 16 || answer.Length < 24) return null;
        return (BinaryPrimitives.ReadUInt64BigEndian(answer[8..]), (byte)(answer[21] & 0x0F));
    }

    private static ImmutableArray<byte> OutCommand(byte action, byte type) => [Out, action, type, 0, 0, 0, 0, 0, ParameterBytes, 0];

    private static byte[] Parameters(ulong own, ulong service, bool persist)
    {
        var parameters = new byte[ParameterBytes];
        BinaryPrimitives.WriteUInt64BigEndian(parameters, own);
        BinaryPrimitives.WriteUInt64BigEndian(parameters.AsSpan(8), service);
        if (persist) parameters[ActivatePersistThroughPowerLoss] = 1;
        return parameters;
    }
}
