using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Core;
using Appliance.Haresources;

namespace Appliance.Control;

/// <summary>The file of what the monitor must not forget: below /run, so that it is gone with the boot it belongs to. Whole whenever it is read, old or new.</summary>
/// <remarks>
/// A line <c>off</c> for all groups; else per group <c>KEY TAB off|on TAB failures TAB spent until TAB handed over</c>, instants in ticks of the monotonic clock. Where /run
/// outlives a boot (a container restarted) the boot's name in it tells.
/// </remarks>
internal sealed class MonitorStore(string path, string bootId) : IMonitorStore
{
    private const string Header = "# what the monitor of resources remembers; written by the daemon";
    private const string Boot = "# boot ";
    private const char None = '-';

    /// <summary>The machine's boot: proc_sys_kernel(5), random/boot_id.</summary>
    public static MonitorStore OfMachine(string path) => new(path, File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());

    /// <inheritdoc/>
    public void Store(MonitorMemory memory)
    {
        var aside = path + ".new";
        try
        {
            File.Delete(aside);
            using (var file = new FileStream(aside, new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
                file.Write(Encoding.UTF8.GetBytes(Text(memory, bootId)));
            File.Move(aside, path, overwrite: true);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>What was stored since the machine booted; <c>null</c> for nothing.</summary>
    public MonitorMemory? Load()
    {
        try
        {
            return Parse(File.ReadAllText(path), bootId);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static string Text(MonitorMemory memory, string bootId)
    {
        var text = new StringBuilder(Header).Append('\n').Append(Boot).Append(bootId).Append('\n');
        if (memory.Off) text.Append("off\n");
        foreach (var (key, group) in memory.Groups)
        {
            text.Append(key).Append('\t').Append(group.Off ? "off" : "on").Append('\t');
            for (var i = 0; i < group.Failures.Length; i++) text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}{group.Failures[i]}");
            text.Append(CultureInfo.InvariantCulture, $"\t{group.SpentUntil.Ticks}\t");
            if (group.HandedOverAt is { } at) text.Append(CultureInfo.InvariantCulture, $"{at.Ticks}\n");
            else text.Append(None).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Lines that do not read are left out: what is lost with them is a count.</summary>
    public static MonitorMemory? Parse(string text, string bootId)
    {
        var lines = text.Split('\n');
        if (!lines.Contains(Boot + bootId)) return null;
        var groups = ImmutableSortedDictionary.CreateBuilder<string, GroupMemory>(StringComparer.Ordinal);
        foreach (var line in lines)
            if (!line.StartsWith('#') && line.Split('\t') is [{ Length: > 0 } key, var word, var failures, var spent, var handed] && word is "on" or "off" && Number(spent) is { } until)
                groups[key] = new(word == "off", ReadFailures(failures), new(until), Number(handed) is { } at ? new Instant(at) : null);
        return new(lines.Contains("off"), groups.ToImmutable());
    }

    private static ImmutableArray<long> ReadFailures(string words)
    {
        var all = ImmutableArray.CreateBuilder<long>();
        foreach (var word in words.Split(','))
            if (Number(word) is { } ticks) all.Add(ticks);
        return all.ToImmutable();
    }

    private static long? Number(string word) => long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
