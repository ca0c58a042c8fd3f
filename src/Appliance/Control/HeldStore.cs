using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Haresources;

namespace Appliance.Control;

/// <summary>The file of groups held: <c>KEY TAB since</c> per line, after the boot it belongs to. Whole whenever it is read, old or new.</summary>
/// <remarks>
/// Not flushed to the disk: it must outlive this process, not the machine, as nothing that was held before a boot is held after it. What a power cut
/// leaves of it is of another boot, and is not believed. A flush would cost a takeover 12 ms (median; 67 ms at worst, on the disk where it was measured).
/// </remarks>
/// <param name="bootId">What the kernel calls this boot; what was held in an earlier one runs no more.</param>
internal sealed class HeldStore(string path, string bootId) : IHeldStore
{
    private const string Header = "# groups this node holds, and since when; written by the daemon";
    private const string Boot = "# boot ";

    private byte[]? _last;

    /// <summary>The machine's boot: proc_sys_kernel(5), random/boot_id.</summary>
    public static HeldStore OfMachine(string path) => new(path, File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());

    /// <inheritdoc/>
    public void Store(HeldGroups held)
    {
        var text = Encoding.UTF8.GetBytes(Text(held, bootId));
        if (_last is not null && text.AsSpan().SequenceEqual(_last)) return;
        var aside = path + ".new";
        try
        {
            File.Delete(aside);
            using (var file = new FileStream(aside, new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
                file.Write(text);
            File.Move(aside, path, overwrite: true);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
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
