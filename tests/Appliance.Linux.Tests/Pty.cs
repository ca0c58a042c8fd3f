using System.Runtime.InteropServices;

namespace Appliance.Linux.Tests;

/// <summary>A pseudo terminal: our end, and the path of the other end, which behaves as a serial line without modem signals.</summary>
internal sealed partial class Pty : IDisposable
{
    public Pty()
    {
        Master = new Descriptor(OpenPt(0x2 | 0x100 | 0x80000));
        Assert.That(GrantPt(Master), Is.Zero);
        Assert.That(UnlockPt(Master), Is.Zero);
        var name = new byte[64];
        Assert.That(PtsName(Master, name, (nuint)name.Length), Is.Zero);
        Path = System.Text.Encoding.ASCII.GetString(name).TrimEnd('\0');
        Master.NeverWait();
    }

    public Descriptor Master { get; }
    public string Path { get; }

    public void Dispose() => Master.Dispose();

    [LibraryImport("libc", EntryPoint = "posix_openpt")]
    private static partial int OpenPt(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt")]
    private static partial int GrantPt(Descriptor fd);

    [LibraryImport("libc", EntryPoint = "unlockpt")]
    private static partial int UnlockPt(Descriptor fd);

    [LibraryImport("libc", EntryPoint = "ptsname_r")]
    private static partial int PtsName(Descriptor fd, byte[] name, nuint size);
}
