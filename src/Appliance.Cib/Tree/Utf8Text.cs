using System.Text;
using System.Text.Unicode;
using Appliance.Core.Diagnostics;

namespace Appliance.Cib;

/// <summary>Bytes into text: UTF-8 and nothing else, and every byte of it valid.</summary>
internal static class Utf8Text
{
    public static Diagnostic? Decode(ReadOnlySpan<byte> bytes, string file, ReadLimits limits, out string text)
    {
        text = "";
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) bytes = bytes[3..];
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.Length > 1 && (bytes[0] == 0 || bytes[1] == 0))
            return new(Severity.Error, file, 1, 1, "the document is not UTF-8 (it looks like UTF-16 or UTF-32)", "save it as UTF-8");
        // A character is one byte at least: what is too many bytes threefold need not be decoded to be refused.
        if (bytes.Length / 3 > limits.Characters) return CibReader.TooLong(file, limits);
        if (Utf8.IsValid(bytes))
        {
            text = Encoding.UTF8.GetString(bytes);
            return null;
        }
        var (line, column, at) = (1, 1, 0);
        while (Rune.DecodeFromUtf8(bytes[at..], out var rune, out var used) == System.Buffers.OperationStatus.Done)
        {
            if (rune.Value == '\n') (line, column) = (line + 1, 1);
            else column += rune.Utf16SequenceLength;
            at += used;
        }
        return new(Severity.Error, file, line, column, $"byte 0x{bytes[at]:X2} is not valid UTF-8", "save the document as UTF-8");
    }
}
