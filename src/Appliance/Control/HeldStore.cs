using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Haresources;
using Appliance.Linux;

namespace Appliance.Control;

/// <summary>The file of groups held: <c>KEY TAB since</c> per line, after the boot it belongs to. Whole after a power cut, old or new.</summary>
/// <param name="bootId">What the kernel calls this boot; what was held in an earlier one runs no more.</param>
internal sealed class HeldStore(string path, string bootId) : IHeldStore
{
    private const int Mode = 0x180;     // 0600
    private const string Header = "# groups this node holds, and since when; written by the daemon";
    private const string Boot = "# boot ";

    private byte[]? _last;

    /// <summary>The machine's boot: proc_sys_kernel(5), random/boot_id.</summary>
    public static HeldStore OfMachine(string path) => new(path, File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());

    /// <inheritdoc/>
    public void Store(HeldGroups held)
    {
        var text = Encoding.UTF8.GetBytes(Text(held, bootId));
        if (_last is not null && text.AsSpan().SequenceEqual(_last)) return;       // already there: a flush costs milliseconds of a takeover
        DurableFile.Replace(path, text, Mode);
        _last = text;
    }

    /// <summary>What was stored since the machine booted; <c>null</c> for nothing. Lines that do not read are left out: the groups are asked for their status anyway.</summary>
    public HeldGroups? Load()
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

    public static string Text(HeldGroups held, string bootId)
    {
        var text = new StringBuilder(Header).Append('\n').Append(Boot).Append(bootId).Append('\n');
        foreach (var (key, since) in held.SinceByKey) text.Append(CultureInfo.InvariantCulture, $"{key}\t{since:O}\n");
        return text.ToString();
    }

    public static HeldGroups? Parse(string text, string bootId)
    {
        if (!text.Split('\n').Contains(Boot + bootId)) return null;
        var since = ImmutableSortedDictionary.CreateBuilder<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
            if (!line.StartsWith('#') && line.Split('\t') is [{ Length: > 0 } key, var at] &&
                DateTimeOffset.TryParseExact(at, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var when))
                since[key] = when;
        return new(since.ToImmutable());
    }
}
