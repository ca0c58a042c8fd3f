using System.Text;

namespace Appliance.Linux;

/// <summary>One mounted file system.</summary>
/// <param name="Device"><c>major:minor</c>; the same for all mounts of one file system.</param>
/// <param name="Source">As it was given to mount.</param>
public sealed record MountedFileSystem(int Id, string Device, string Root, string Target, string Type, string Source);

/// <summary>What is mounted in this thread's mount namespace (/proc/[pid]/mountinfo, proc(5)).</summary>
public static class MountTable
{
    /// <summary>In the order of mounting; a later mount on the same target hides the earlier.</summary>
    public static List<MountedFileSystem> Read() =>
        Parse(File.ReadAllText(File.Exists("/proc/thread-self/mountinfo") ? "/proc/thread-self/mountinfo" : "/proc/self/mountinfo"));

    /// <summary>Lines that are not of the form are left out.</summary>
    public static List<MountedFileSystem> Parse(string text)
    {
        var all = new List<MountedFileSystem>();
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split(' ');
            var dash = Array.IndexOf(words, "-");
            if (dash < 6 || words.Length < dash + 3 || !int.TryParse(words[0], out var id)) continue;
            all.Add(new(id, words[2], Unescape(words[3]), Unescape(words[4]), words[dash + 1], Unescape(words[dash + 2])));
        }
        return all;
    }

    /// <summary>Blank, tab, line end and backslash are written as three octal digits.</summary>
    internal static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length && IsOctal(text[i + 1]) && IsOctal(text[i + 2]) && IsOctal(text[i + 3]))
            {
                result.Append((char)(((text[i + 1] - '0') << 6) | ((text[i + 2] - '0') << 3) | (text[i + 3] - '0')));
                i += 3;
            }
            else result.Append(text[i]);
        }
        return result.ToString();

        static bool IsOctal(char c) => c is >= '0' and <= '7';
    }
}
