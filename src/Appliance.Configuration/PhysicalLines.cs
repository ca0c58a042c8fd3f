using System.Text;

namespace Appliance.Configuration;

/// <summary>A line as 3.0.6 reads it.</summary>
/// <param name="Number">1-based.</param>
/// <param name="Start">Column of its first character, less one: not 0 for the rest of a line that was too long.</param>
/// <param name="Text">Without the newline.</param>
internal readonly record struct PhysicalLine(int Number, int Start, string Text, bool Ended);

/// <summary>Cuts a file into the lines that 3.0.6 sees.</summary>
internal static class PhysicalLines
{
    /// <summary>Bytes of a line with its newline; what is longer is read as another line (3.0.6's buffer: MAXLINE 5120 with the final NUL).</summary>
    public const int MaxBytes = 5119;

    public static List<PhysicalLine> Of(SourceFile file, Problems problems)
    {
        var lines = new List<PhysicalLine>();      // an iterator would ask the environment for its thread: not for a core
        var content = file.Content ?? [];
        if (content.Length > SourceFile.MaxBytes)
        {
            problems.Error(0, 0, $"the file is longer than {SourceFile.MaxBytes} bytes", "is this the right file?");
            return lines;
        }
        var encoding = file.IsUtf8 ? Encoding.UTF8 : Encoding.Latin1;
        var (number, at) = (1, 0);
        var start = 0;
        while (at < content.Length)
        {
            var newline = Array.IndexOf(content, (byte)'\n', at);
            var end = newline < 0 ? content.Length : newline;
            var cut = end - at >= MaxBytes;
            if (cut) end = at + MaxBytes;
            var nul = Array.IndexOf(content, (byte)0, at, end - at);
            if (nul >= 0) problems.Warn(number, nul - at + 1, "a NUL byte: the rest of the line is not read", "delete it; is this a text file?");
            var text = encoding.GetString(content, at, (nul < 0 ? end : nul) - at);
            lines.Add(new(number, start, text, !cut && newline >= 0));
            if (cut)
            {
                problems.Warn(number, start + text.Length + 1, $"the line is longer than {MaxBytes} bytes: what follows is read as another line", "shorten it");
                (at, start) = (end, start + text.Length);
            }
            else (at, start, number) = (end + 1, 0, number + 1);
        }
        return lines;
    }
}
