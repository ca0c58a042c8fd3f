using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>What a SCSI command came to.</summary>
/// <param name="Status">SAM status; -1 when the command did not reach the disk (<paramref name="Host"/> and <paramref name="Driver"/> say why).</param>
public sealed record ScsiResult(int Status, byte[] Data, byte[] Sense, int Host, int Driver);

/// <summary>SCSI commands to a block or sg device (ioctl SG_IO; linux scsi/sg.h, version 3 of the interface).</summary>
public static unsafe partial class ScsiGeneric
{
    private const uint SG_IO = 0x2285;
    private const int None = -1, ToDevice = -2, FromDevice = -3, MostSense = 64;
    private const int DriverSense = 0x08;

    /// <exception cref="LinuxException">The device cannot be opened, or the kernel refuses the command.</exception>
    public static ScsiResult Send(string path, ReadOnlySpan<byte> command, ReadOnlySpan<byte> dataOut, int dataIn, TimeSpan timeout)
    {
        using var device = Descriptor.OpenDevice(path);
        var buffer = new byte[Math.Max(dataIn, dataOut.Length)];
        dataOut.CopyTo(buffer);
        var sense = new byte[MostSense];
        fixed (byte* cdb = command, data = buffer, into = sense)
        {
            var header = new SgIoHeader
            {
                InterfaceId = 'S',
                Direction = dataIn > 0 ? FromDevice : dataOut.IsEmpty ? None : ToDevice,
                CommandBytes = (byte)command.Length,
                MostSenseBytes = MostSense,
                DataBytes = (uint)buffer.Length,
                Data = data,
                Command = cdb,
                Sense = into,
                TimeoutMs = (uint)timeout.TotalMilliseconds,
            };
            LinuxException.Check(Ioctl(device, SG_IO, &header), "ioctl(SG_IO)", path);
            var reached = header.HostStatus == 0 && (header.DriverStatus & ~DriverSense) == 0;
            return new(reached ? header.Status : -1, buffer[..Math.Clamp(dataIn - header.Rest, 0, Math.Max(0, dataIn))], sense[..header.SenseWritten], header.HostStatus, header.DriverStatus);
        }
    }

    /// <summary>struct sg_io_hdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SgIoHeader
    {
        public int InterfaceId;
        public int Direction;
        public byte CommandBytes;
        public byte MostSenseBytes;
        public ushort Pieces;
        public uint DataBytes;
        public byte* Data;
        public byte* Command;
        public byte* Sense;
        public uint TimeoutMs;
        public uint Flags;
        public int PackId;
        public void* User;
        public byte Status;
        public byte MaskedStatus;
        public byte MessageStatus;
        public byte SenseWritten;
        public ushort HostStatus;
        public ushort DriverStatus;
        public int Rest;
        public uint Duration;
        public uint Info;
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(Descriptor fd, nuint request, SgIoHeader* header);
}
