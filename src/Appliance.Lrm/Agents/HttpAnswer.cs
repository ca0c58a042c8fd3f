using System.Globalization;
using System.Text;

namespace Appliance.Lrm.Agents;

/// <summary>What came back from a web server so far (RFC 9112): whether that is all, its status, and its body.</summary>
/// <remarks>Bytes from outside: nothing throws, everything is bounded. What lies beyond the first <see cref="MostBytes"/> is not looked at.</remarks>
public sealed record HttpAnswer(int Status, string Body)
{
    /// <summary>Enough for any status page; a server that sends for ever is stopped here.</summary>
    public const int MostBytes = 256 * 1024;

    /// <returns><c>null</c>: more must come before it can be judged.</returns>
    /// <param name="ended">Nothing more will come.</param>
    /// <exception cref="FormatException">This is no HTTP answer.</exception>
    public static HttpAnswer? Read(ReadOnlySpan<byte> received, bool ended)
    {
        var isFull = received.Length >= MostBytes;
        ReadOnlySpan<byte> body;
        string[] lines;
        int status;
        do      // over interim answers; the real one follows them
        {
            var end = received.IndexOf("\r\n\r\n"u8);
            if (end < 0) return ended ? throw new FormatException("the answer breaks off in its head") : null;
            lines = Encoding.Latin1.GetString(received[..end]).Split("\r\n");
            // HTTP/1.1 200 OK
            if (lines[0].Length < 12 || !lines[0].StartsWith("HTTP/1.", StringComparison.Ordinal) || lines[0][8] != ' '
                || !int.TryParse(lines[0].AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out status)) throw new FormatException("the answer is not HTTP/1");
            received = body = received[(end + 4)..];
        }
        while (status is >= 100 and < 200);
        if (status is 204 or 304) return new(status, "");
        if (Header(lines, "Transfer-Encoding").EndsWith("chunked", StringComparison.OrdinalIgnoreCase))
            return Chunks(body, ended) is { } text ? new(status, text) : null;
        if (long.TryParse(Header(lines, "Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) && body.Length >= length) return new(status, Text(body[..(int)length]));
        return ended || isFull ? new(status, Text(body)) : null;
    }

    private static string Header(string[] lines, string name)
    {
        foreach (var line in lines.AsSpan(1))
            if (line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.OrdinalIgnoreCase)) return line[(name.Length + 1)..].Trim();
        return "";
    }

    private static string? Chunks(ReadOnlySpan<byte> body, bool ended)
    {
        var text = new StringBuilder();
        while (true)
        {
            var line = body.IndexOf("\r\n"u8);
            if (line < 0) break;
            var digits = body[..line];
            var semicolon = digits.IndexOf((byte)';');
            if (semicolon >= 0) digits = digits[..semicolon];
            if (!int.TryParse(digits, NumberStyles.AllowHexSpecifier | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var size) || size is < 0 or > int.MaxValue - 2)
                throw new FormatException("the answer's chunks cannot be read");
            if (size == 0) return text.ToString();
            body = body[(line + 2)..];
            text.Append(Text(body[..Math.Min(size, body.Length)]));
            if (body.Length < size + 2) break;
            body = body[(size + 2)..];
        }
        return ended ? text.ToString() : null;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
