using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Appliance.Cib;
using Appliance.Crm.Store;

namespace Appliance.Crm;

/// <summary>A document that is to become <c>cib.xml</c>, in one file that is written in place: one flush, where replacing the files takes four.</summary>
/// <param name="Text">The document, as it will stand there.</param>
/// <param name="Standing">What it is worth.</param>
/// <param name="Before">The digest of what is in <c>cib.xml</c> until then; empty: nothing is. Where another is found it is of no use: an administrator put that there.</param>
/// <param name="Number">Of two that wait the one with the higher number counts.</param>
internal sealed record CibNext(CibElement Stored, byte[] Text, CibStanding Standing, string Before, long Number)
{
    /// <summary>The file grows in steps of this: while its length stays as it is, a flush is of its content alone and not of the file system's own notes.</summary>
    private const int Step = 16 * 1024;

    /// <summary>What a file begins with that holds none.</summary>
    public static ReadOnlySpan<byte> Nothing => "-\n"u8;

    public static CibNext Of(CibElement stored, CibStanding standing, string before, long number) => new(stored, StoredCib.Text(stored), standing, before, number);

    /// <summary>A line with the digest of what follows, a line that says what and how long, and the document.</summary>
    /// <param name="length">Of the file as it is: what is written makes it no longer where it fits.</param>
    public byte[] ToFile(int length)
    {
        var what = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Standing} {(Before.Length > 0 ? Before : "-")} {Text.Length} {Number}\n"));
        const int SumLength = 2 * SHA256.HashSizeInBytes + 1;
        var whole = SumLength + what.Length + Text.Length;
        var file = new byte[whole <= length ? whole : (whole + Step - 1) / Step * Step];
        what.CopyTo(file, SumLength);
        Text.CopyTo(file, SumLength + what.Length);
        Encoding.ASCII.GetBytes(Sum(file.AsSpan(SumLength, what.Length + Text.Length)), file);
        file[SumLength - 1] = (byte)'\n';
        file.AsSpan(whole).Fill((byte)'\n');
        return file;
    }

    /// <summary>Null for what was not written to its end.</summary>
    public static CibNext? Read(byte[] bytes, string file)
    {
        if (Line(bytes, 0) is not { Length: 64 } sum || Line(bytes, 65) is not { } what || what.Split(' ') is not [var word, var before, var length, .. var more]) return null;
        if (CibStanding.Read(word) is not { } standing || !int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var size)) return null;
        // Without a number: the only one there was, of a version before there were two.
        var number = 0L;
        if (more.Length > 1 || more is [var of] && !long.TryParse(of, NumberStyles.None, CultureInfo.InvariantCulture, out number)) return null;
        var begins = 65 + what.Length + 1;
        if (size > bytes.Length - begins || Sum(bytes.AsSpan(65, what.Length + 1 + size)) != sum) return null;
        var text = bytes.AsSpan(begins, size).ToArray();
        return CibElement.TryParse(text, file, out var root, out _) && root!.Name == "cib" ? new(root, text, standing, before == "-" ? "" : before, number) : null;
    }

    private static string Sum(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string? Line(byte[] bytes, int from)
    {
        if (from >= bytes.Length) return null;
        var length = bytes.AsSpan(from, Math.Min(200, bytes.Length - from)).IndexOf((byte)'\n');
        return length < 0 ? null : Encoding.ASCII.GetString(bytes, from, length);
    }
}

/// <summary>Documents that were told stored and are not in their place yet: two files in turn, so that what was told last is whole while the next is written.</summary>
internal sealed class CibWaiting(ICibDirectory directory)
{
    private static readonly string[] Names = ["cib.next", "cib.next.1"];

    private readonly int[] _lengths = new int[Names.Length];
    private readonly bool[] _holds = new bool[Names.Length], _named = new bool[Names.Length];
    private int _last = Names.Length - 1;
    private long _number;

    /// <summary>What is there, the newest first.</summary>
    public List<CibNext> Read()
    {
        var found = new List<CibNext>();
        for (var i = 0; i < Names.Length; i++)
        {
            var bytes = directory.Read(Names[i]);
            _lengths[i] = bytes?.Length ?? 0;
            _holds[i] = bytes is not null && !bytes.AsSpan().StartsWith(CibNext.Nothing);
            if (bytes is null || CibNext.Read(bytes, Names[i]) is not { } next) continue;
            if (found is [var other] && other.Number < next.Number) found.Insert(0, next);
            else found.Add(next);
            if (found[0] == next) (_last, _number) = (i, next.Number);
        }
        return found;
    }

    /// <summary>Writes one; it is on the disk when this returns, and the one before is there as long.</summary>
    public CibNext Write(CibElement stored, CibStanding standing, string before)
    {
        var next = CibNext.Of(stored, standing, before, ++_number);
        var turn = (_last + 1) % Names.Length;
        var file = next.ToFile(_lengths[turn]);
        _holds[turn] = true;
        directory.Overwrite(Names[turn], file);
        if (!_named[turn]) directory.SyncDirectory();
        (_named[turn], _last, _lengths[turn]) = (true, turn, Math.Max(file.Length, _lengths[turn]));
        return next;
    }

    /// <summary>None waits any more. The newest goes last: what is older must not come up when it is gone.</summary>
    public void Clear()
    {
        for (var i = 1; i <= Names.Length; i++)
        {
            var turn = (_last + i) % Names.Length;
            if (!_holds[turn]) continue;
            directory.Overwrite(Names[turn], CibNext.Nothing);
            _holds[turn] = false;
        }
    }
}
