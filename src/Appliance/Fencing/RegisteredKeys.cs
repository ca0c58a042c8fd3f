using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Control;
using Appliance.Linux;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices.Scsi;

namespace Appliance.Fencing;

/// <summary>Keys that this machine has registered with shared disks since it was started: a small file for each disk.</summary>
/// <remarks>A file each, so that the daemon and a command need no lock between them. Of an earlier boot nothing counts: a machine that was started again has none of its services running before it registers anew.</remarks>
/// <param name="bootId">What the kernel calls this boot.</param>
internal sealed class RegisteredKeys(string directory, string bootId)
{
    private const int Mode600 = 0x180;
    private const string Boot = "boot ", Device = "device ", Key = "key ", Unfinished = ".new";

    public static RegisteredKeys OfMachine { get; } = new(Paths.RegisteredKeys, File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());

    public void Note(NoteKey step)
    {
        try
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            // One disk may have several names; the last registration through any of them is what holds.
            foreach (var other in Noted())
                if (other.Device != step.Device && Real(other.Device) == Real(step.Device)) File.Delete(FileOf(other.Device));
            DurableFile.Replace(FileOf(step.Device), Encoding.UTF8.GetBytes(Text(step.Device, step.Key)), Mode600);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            step.Failure = e.Message;
        }
    }

    /// <summary>All that count, by device.</summary>
    public ImmutableArray<KeyCheck.Noted> Noted()
    {
        var noted = new SortedDictionary<string, KeyCheck.Noted>(StringComparer.Ordinal);
        try
        {
            if (!Directory.Exists(directory)) return [];
            foreach (var file in Directory.EnumerateFiles(directory))
                if (!file.EndsWith(Unfinished, StringComparison.Ordinal) && Read(File.ReadAllText(file)) is { } one) noted[one.Device] = one;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // what was read is known; the rest is not
        }
        return [.. noted.Values];
    }

    /// <summary>The key that was registered with these disks; <c>null</c> when none was, or not the same one.</summary>
    public ulong? Of(ImmutableArray<string> devices)
    {
        ulong? key = null;
        foreach (var one in Noted())
        {
            if (!devices.Contains(one.Device)) continue;
            if (key is { } other && other != one.Key) return null;
            key = one.Key;
        }
        return key;
    }

    private string Text(string device, ulong key) => $"{Boot}{bootId}\n{Device}{device}\n{Key}{key.ToString("x", CultureInfo.InvariantCulture)}\n";

    private KeyCheck.Noted? Read(string text) =>
        text.Split('\n') is [var boot, var device, var key, ""] && boot == Boot + bootId && device.StartsWith(Device, StringComparison.Ordinal) && key.StartsWith(Key, StringComparison.Ordinal)
            && ScsiKeys.Hexadecimal(key[Key.Length..]) is { } number ? new(device[Device.Length..], number) : null;

    private string FileOf(string device) => Path.Combine(directory, device.Replace('/', '!'));

    private static string Real(string device) => FileStatus.BlockDevice(device) ?? device;
}
