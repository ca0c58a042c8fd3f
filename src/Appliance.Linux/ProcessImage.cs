using System.Globalization;
using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>The pages of our own binary, and of the libraries under it, that this process has touched.</summary>
public static partial class ProcessImage
{
    private const int MADV_DONTNEED_LOCKED = 24;        // asm-generic/mman-common.h; Linux 5.18

    /// <summary>Lets go of the code and constants that only the start needed; what is used again comes back from the page cache at once, and is locked again.</summary>
    /// <remarks>
    /// Only mappings of a file that nothing was ever written to: relocated data could be given back by no file. Works before and after
    /// <see cref="RealTime.LockMemory"/>. An older kernel refuses, which costs megabytes and nothing else; see also <see cref="PageFaults"/>.
    /// </remarks>
    public static void ForgetStartUp()
    {
        var mappings = new List<(nint Start, nuint Length)>();
        (nint Start, nuint Length) current = default;
        var constant = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            // "START-END PERMISSIONS OFFSET DEVICE INODE   PATH", then "Name:   VALUE kB" lines, proc(5)
            if (line[0] is (>= '0' and <= '9') or (>= 'a' and <= 'f'))
            {
                var words = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
                constant = words is [_, "r--p" or "r-xp", _, _, not "0", _];
                var range = words[0].Split('-');
                var start = nint.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                current = (start, (nuint)(nint.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) - start));
            }
            else if (constant && line.StartsWith("Anonymous:", StringComparison.Ordinal) && line.EndsWith(" 0 kB", StringComparison.Ordinal)) mappings.Add(current);
        }
        using var alone = PageFaults.Open();
        foreach (var (start, length) in mappings)
        {
            alone?.TakeOnePage(start, length);
            _ = MAdvise(start, length, MADV_DONTNEED_LOCKED);
        }
        alone?.KeepOpen();
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MAdvise(nint address, nuint length, int advice);
}
