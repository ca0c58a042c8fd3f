using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>The kernel's own keys (sysrq): opened ahead of need, so that pressing one needs no memory, no disk and nobody's help.</summary>
/// <remarks>Source: Linux kernel, sysrq.rst. The file works whatever kernel.sysrq says.</remarks>
public sealed partial class SysRq : IDisposable
{
    public const string Kernel = "/proc/sysrq-trigger";
    private const int RB_AUTOBOOT = 0x01234567, RB_POWER_OFF = 0x4321FEDC;      // linux/reboot.h

    private readonly Descriptor? _keys;

    /// <param name="path">Another file instead of the kernel's: then nothing happens but that the key stands in it.</param>
    public SysRq(string path)
    {
        try
        {
            _keys = Descriptor.OpenForWriting(path);
        }
        catch (LinuxException e)
        {
            Problem = e.Message;
        }
    }

    /// <summary>Why there are no keys (a kernel without them); <c>null</c>: there are.</summary>
    public string? Problem { get; }

    /// <summary>Resets the machine at once: nothing is flushed, nobody is asked.</summary>
    public bool Reset() => Press("b"u8);

    /// <summary>Switches the machine off.</summary>
    public bool PowerOff() => Press("o"u8);

    /// <summary>Crashes the kernel, which dumps its memory where kdump is set up.</summary>
    public bool Crash() => Press("c"u8);

    /// <summary>What a kernel without the keys has: the same with its drivers' goodbyes, which may take long. In a container it ends the container.</summary>
    public static void Restart(bool off) => _ = Reboot(off ? RB_POWER_OFF : RB_AUTOBOOT);

    public void Dispose() => _keys?.Dispose();

    private bool Press(ReadOnlySpan<byte> key) => _keys is not null && _keys.Write(key) == key.Length;

    [LibraryImport("libc", EntryPoint = "reboot", SetLastError = true)]
    private static partial int Reboot(int what);
}
