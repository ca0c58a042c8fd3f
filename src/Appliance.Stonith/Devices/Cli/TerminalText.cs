using System.Text;

namespace Appliance.Stonith.Devices.Cli;

/// <summary>What a terminal was sent, as the lines a reader would see.</summary>
public static class TerminalText
{
    /// <summary>Without what moves the cursor, colours the text or rings; a backspace takes back the character before it. Never fails, whatever the text.</summary>
    public static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\e') i = EndOfSequence(text, i);
            else if (c == '\b')
            {
                if (plain.Length > 0 && plain[^1] is not '\n' and not '\r') plain.Length--;
            }
            else if (c is >= ' ' and not '\x7f' or '\n' or '\r' or '\t') plain.Append(c);
        }
        return plain.ToString();
    }

    /// <summary>Place of the last character of the sequence that begins at an escape (ECMA-48): a CSI one, a string one (OSC, DCS), or one of two characters.</summary>
    private static int EndOfSequence(string text, int escape)
    {
        var i = escape + 1;
        if (i >= text.Length) return i;
        switch (text[i])
        {
            case '[':
                for (i++; i < text.Length && text[i] is >= ' ' and < '@'; i++) { }
                return i;
            case ']' or 'P' or '^' or '_':
                for (i++; i < text.Length && text[i] is not '\a' and not '\e' and not '\n'; i++) { }
                if (i >= text.Length || text[i] == '\a') return i;
                return text[i] == '\e' && i + 1 < text.Length && text[i + 1] == '\\' ? i + 1 : i - 1;      // one that never ended takes nothing of the next line
            case '(' or ')':
                return i + 1;
            default:
                return i;
        }
    }

    /// <summary>Where the answer begins: behind the echo of what was said, which the terminal may have wrapped. -1: it was not echoed yet.</summary>
    public static int BehindEcho(string heard, string said)
    {
        var wanted = said.AsSpan().Trim();
        if (wanted.IsEmpty) return 0;
        for (var start = 0; start < heard.Length; start++)
        {
            if (heard[start] != wanted[0]) continue;
            var (i, k) = (start, 0);
            while (k < wanted.Length)
            {
                // Blanks of the line end, and line ends of the wrapping, stand in each other's place.
                if (wanted[k] <= ' ') k++;
                else if (i < heard.Length && heard[i] == wanted[k]) (i, k) = (i + 1, k + 1);
                else if (i < heard.Length && heard[i] <= ' ') i++;
                else break;
            }
            if (k == wanted.Length) return i;
        }
        return -1;
    }

    /// <summary>What stands on the line the cursor is on, without blanks at its ends.</summary>
    public static ReadOnlySpan<char> LastLine(string text) => text.AsSpan(text.AsSpan().LastIndexOfAny('\n', '\r') + 1).Trim();
}
