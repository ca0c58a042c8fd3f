using System.Globalization;
using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>The pages of our own binary that this process has touched.</summary>
public static partial class ProcessImage
{
    private const int MADV_DONTNEED = 4;

    /// <summary>Lets go of the code and constants that only the start needed; what is used again comes back from the page cache at once.</summary>
    /// <remarks>Only mappings up to the binary's code: those behind it hold relocated data, which no file could give back. To be called before memory is locked.</remarks>
    public static void ForgetStartUp()
    {
        var self = Environment.ProcessPath;
        var mappings = new List<(nint Start, nuint Length, bool Code)>();
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            // "START-END PERMISSIONS OFFSET DEVICE INODE   PATH", proc(5)
            var words = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 6 || words[5] != self || words[1] is not ("r--p" or "r-xp")) continue;
            var range = words[0].Split('-');
            var start = nint.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            mappings.Add((start, (nuint)(nint.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) - start), words[1] == "r-xp"));
        }
        foreach (var (start, length, _) in mappings.Take(mappings.FindLastIndex(m => m.Code) + 1))
            _ = MAdvise(start, length, MADV_DONTNEED);      // a refusal costs memory, nothing else
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MAdvise(nint address, nuint length, int advice);
}
