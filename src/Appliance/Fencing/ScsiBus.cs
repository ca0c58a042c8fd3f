using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Stonith.Conversations;

namespace Appliance.Fencing;

/// <summary>Sends SCSI commands, and finds the ways to a disk.</summary>
internal static class ScsiBus
{
    public static void Send(ScsiCommand step, Instant deadline)
    {
        var left = deadline - Clock.Now();
        ScsiResult? result = null;
        // A command that the disk never answers holds its thread in the kernel, whatever its own timeout says.
        step.Failure = Patiently.Do(() => result = ScsiGeneric.Send(step.Device, step.Cdb.AsSpan(), step.DataOut.Span, step.DataIn, step.Timeout), left < step.Timeout ? left > TimeSpan.Zero ? left : TimeSpan.Zero : step.Timeout);
        if (step.Failure is not null || result is not { } end) return;
        (step.Status, step.Data, step.Sense) = (end.Status, end.Data, end.Sense);
        if (end.Status < 0) step.Failure = $"the command did not reach the disk (host status {end.Host}, driver status {end.Driver})";
    }

    /// <summary>The paths below a multipath device, from sysfs, down to the disks themselves; none for a plain disk.</summary>
    public static ImmutableArray<string> Paths(string device)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            if (FileStatus.BlockDevice(device) is { } numbers) Below($"/sys/dev/block/{numbers}/slaves", found);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];      // the command itself will say what is wrong with the device
        }
        return [.. found];
    }

    /// <remarks>A volume may lie on a multipath device: the ways to the disk are at the bottom.</remarks>
    private static void Below(string slaves, SortedSet<string> found)
    {
        if (!Directory.Exists(slaves)) return;
        foreach (var entry in Directory.EnumerateFileSystemEntries(slaves))
        {
            var (count, deeper) = (found.Count, $"{entry}/slaves");
            Below(deeper, found);
            if (found.Count == count) found.Add($"/dev/{Path.GetFileName(entry).Replace('!', '/')}");       // sysfs writes / as !
        }
    }
}
