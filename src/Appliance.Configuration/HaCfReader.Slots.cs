using System.Text;

namespace Appliance.Configuration;

/// <summary>Shared disks with orders for this node (sbd's): directives of ours, which 3.0.6 refuses.</summary>
internal sealed partial class HaCfReader
{
    private const int MostSbdDevices = 3, MaxSlotNameBytes = 63;        // sbd takes no more disks, and a slot holds 64 bytes with a NUL

    private Place? _sbdDevice, _sbdStartMode;

    /// <summary>Commas and blanks were cut before; semicolons are what sbd's own SBD_DEVICE has between.</summary>
    private void SbdDevice(Place at, string value)
    {
        _sbdDevice ??= at;
        foreach (var path in value.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            if (path[0] != '/') Error(at, $"sbd_device [{path}] is no full path", "a name that is the same on all nodes and at every boot: /dev/disk/by-id/...");
            else if (_cf.SbdDevices.Contains(path)) Error(at, $"sbd_device [{path}] is named twice", "name every disk once: two names of one disk are no majority");
            else if (_cf.SbdDevices.Length == MostSbdDevices) Error(at, $"sbd_device [{path}] is one too many", $"one, two or three disks; the same on all nodes");
            else
            {
                if (_facts.Stat(path) is not { } file) Warn(at, $"sbd_device [{path}] does not exist now", "the node starts no services before enough of its disks are there");
                else if (file.Kind is FileKind.Directory or FileKind.CharacterDevice) Error(at, $"sbd_device [{path}] is no disk", "a block device that all nodes share, made with \"appliance sbd -d DISK create\"");
                _cf = _cf with { SbdDevices = _cf.SbdDevices.Add(path) };
            }
        }
    }

    private void SbdStartModeOption(Place at, string value)
    {
        _sbdStartMode = at;
        if (value is "always" or "clean") _cf = _cf with { SbdStartMode = value == "clean" ? SbdStartMode.Clean : SbdStartMode.Always };
        else Error(at, $"sbd_startmode [{value}] is not known", "always: an order that stands in the mailbox is cleared at the start; clean: the node does not start until somebody cleared it");
    }

    private void CheckSlots()
    {
        if (_sbdDevice is not { } at)
        {
            if (_sbdStartMode is { } mode) Warn(mode, "sbd_startmode means nothing without sbd_device", "name the shared disks, or delete the line");
            return;
        }
        if (_cf.Watchdog is null) Error(at, "sbd_device needs a watchdog: whoever writes an order counts on it that a node which does not read it is reset", "watchdog /dev/watchdog, best the hardware's");
        if (Encoding.UTF8.GetByteCount(_localNode) > MaxSlotNameBytes) Error(at, $"the name [{_localNode}] does not fit into a slot of a shared disk", $"a name of at most {MaxSlotNameBytes} bytes");
    }
}
