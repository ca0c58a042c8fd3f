using System.Text;

namespace Appliance.Lrm;

/// <summary>Cuts a script's output into log lines: bounded in length, number and volume, whatever the script writes.</summary>
/// <remarks>Bytes that are not UTF-8 or are control characters become visible stand-ins: a log line is one line.</remarks>
public sealed class OutputLines(Action<string> line)
{
    /// <summary>Longer lines are cut; syslog's usual limit.</summary>
    public const int MaxLine = 1024;

    /// <summary>Lines per operation that reach the log. A chatty start script writes some dozens.</summary>
    public const int MaxLines = 200;

    private readonly byte[] _line = new byte[MaxLine];
    private int _length;
    private bool _cut;
    private int _lines;
    private long _suppressed;

    /// <summary>The last line that was not empty; for the reason of a failure.</summary>
    public string Last { get; private set; } = "";

    public void Read(ReadOnlySpan<byte> output)
    {
        while (!output.IsEmpty)
        {
            var end = output.IndexOf((byte)'\n');
            var part = end < 0 ? output : output[..end];
            var room = Math.Min(part.Length, MaxLine - _length);
            part[..room].CopyTo(_line.AsSpan(_length));
            _length += room;
            _cut |= room < part.Length;
            if (end < 0) return;
            output = output[(end + 1)..];
            EndLine();
        }
    }

    /// <summary>The output is over: hands on the unfinished line, and says how much was left out.</summary>
    public void Finish()
    {
        EndLine();
        if (_suppressed > 0) line($"... {_suppressed} more lines not logged");
    }

    private void EndLine()
    {
        var text = Clean(_line.AsSpan(0, _length)) + (_cut ? " ..." : "");
        (_length, _cut) = (0, false);
        if (text.Length == 0) return;
        Last = text;
        if (_lines++ < MaxLines) line(text);
        else _suppressed++;
    }

    private static string Clean(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes).TrimEnd();
        return text.Any(char.IsControl) ? new string(Array.ConvertAll(text.ToCharArray(), c => c == '\t' ? ' ' : char.IsControl(c) ? '?' : c)) : text;
    }
}
