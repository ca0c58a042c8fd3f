using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Appliance.Cib;
using Appliance.Crm.Store;

namespace Appliance.Crm;

/// <summary>A document that is to become <c>cib.xml</c>, in one file that is written in place: one flush, where replacing the files takes four.</summary>
/// <param name="Term">Of the DC it is from.</param>
/// <param name="Before">The digest of the document it comes after; empty: of none. Where another is found it is of no use: an administrator put that there.</param>
internal sealed record CibNext(CibElement Stored, long Term, string Before)
{
    public const string File = "cib.next";

    /// <summary>The file grows in steps of this: while its length stays as it is, a flush is of its content alone and not of the file system's own notes.</summary>
    private const int Step = 16 * 1024;

    /// <summary>What a file begins with that holds none.</summary>
    public static ReadOnlySpan<byte> Nothing => "-\n"u8;

    /// <summary>A line with the digest of what follows, a line that says what and how long, and the document.</summary>
    public byte[] Text()
    {
        var document = StoredCib.Text(Stored);
        var what = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Term} {(Before.Length > 0 ? Before : "-")} {document.Length}\n"));
        byte[] said = [.. what, .. document];
        byte[] text = [.. Encoding.ASCII.GetBytes(Sum(said)), (byte)'\n', .. said];
        var padded = new byte[(text.Length + Step - 1) / Step * Step];
        padded.AsSpan().Fill((byte)'\n');
        text.CopyTo(padded, 0);
        return padded;
    }

    /// <summary>Null for what was not written to its end.</summary>
    public static CibNext? Read(byte[] bytes)
    {
        if (Line(bytes, 0) is not { Length: 64 } sum || Line(bytes, 65) is not { } what || what.Split(' ') is not [var term, var before, var length]) return null;
        if (!long.TryParse(term, NumberStyles.None, CultureInfo.InvariantCulture, out var t) || !int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var size)) return null;
        var begins = 65 + what.Length + 1;
        if (size > bytes.Length - begins || Sum(bytes.AsSpan(65, what.Length + 1 + size)) != sum) return null;
        return CibElement.TryParse(bytes.AsSpan(begins, size).ToArray(), File, out var root, out _) && root!.Name == "cib" ? new(root, t, before == "-" ? "" : before) : null;
    }

    private static string Sum(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string? Line(byte[] bytes, int from)
    {
        if (from >= bytes.Length) return null;
        var length = bytes.AsSpan(from, Math.Min(200, bytes.Length - from)).IndexOf((byte)'\n');
        return length < 0 ? null : Encoding.ASCII.GetString(bytes, from, length);
    }
}
