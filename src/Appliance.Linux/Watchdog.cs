using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>An open watchdog device: once opened, the machine reboots unless it is petted in time.</summary>
/// <remarks>Errors: <see cref="LinuxException"/>. Source: Linux kernel, watchdog-api.rst: any write pets, a write that holds <c>V</c> lets the close disarm.</remarks>
public sealed unsafe partial class Watchdog : IDisposable
{
    private const uint WDIOC_SETTIMEOUT = 0xC004_5706, WDIOC_GETTIMEOUT = 0x8004_5707;  // _IOWR('W', 6, int), _IOR('W', 7, int)
    private readonly Descriptor _device;

    private Watchdog(Descriptor device) => _device = device;

    /// <summary>Opens and arms the device.</summary>
    public static Watchdog Open(string path) => new(Descriptor.OpenForWriting(path));

    /// <summary>Takes over a device that the program before us kept open and armed.</summary>
    public static Watchdog Inherited(int descriptor)
    {
        var device = new Descriptor(descriptor);
        device.Inherit(false);
        return new(device);
    }

    /// <summary>Asks for a timeout.</summary>
    /// <returns>Seconds the device really takes (it may round); 0 when it has a fixed timeout that cannot be asked for.</returns>
    public int SetTimeout(int seconds) => Ioctl(_device, WDIOC_SETTIMEOUT, &seconds) < 0 ? 0 : seconds;

    /// <summary>The timeout that the device has.</summary>
    /// <returns>Seconds; 0 when it does not say.</returns>
    public int Timeout
    {
        get
        {
            var seconds = 0;
            return Ioctl(_device, WDIOC_GETTIMEOUT, &seconds) < 0 ? 0 : seconds;
        }
    }

    /// <summary>Buys one more timeout; allocates nothing.</summary>
    /// <returns>0, or errno.</returns>
    public int Pet()
    {
        var n = _device.Write("\0"u8);
        return n < 0 ? -n : 0;
    }

    /// <summary>Keeps the device open and armed across the replacement of this program.</summary>
    /// <returns>Its number, for <see cref="Inherited"/>.</returns>
    public int KeepAcrossExec()
    {
        _device.Inherit(true);
        return _device.Number;
    }

    /// <summary>Disarms: the machine will not be rebooted. (A driver built with <c>nowayout</c> ignores this.)</summary>
    public void Disarm()
    {
        _ = _device.Write("V"u8);       // a failure means it stays armed, which is the safe side
        _device.Dispose();
    }

    /// <summary>Closes without disarming: the machine reboots.</summary>
    public void Dispose() => _device.Dispose();

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(Descriptor fd, nuint request, int* argument);
}
