using System.Runtime.InteropServices;
using System.Text;
using Appliance.Core;

namespace Appliance.Linux;

/// <summary>regcomp(3) with REG_EXTENDED.</summary>
/// <remarks>Compiled anew for each text: nothing is held that would have to be given back.</remarks>
public sealed unsafe partial record PosixPattern : ExtendedPattern
{
    private const int REG_EXTENDED = 1;
    private const int RegexWords = 32;      // regex_t: 64 bytes with glibc on 64 bits, and nobody says that it stays so
    private const int Most = 10;            // the expression and nine groups

    private PosixPattern(string expression) : base(expression) { }

    /// <summary>A pattern; <c>null</c>: the text is no extended regular expression.</summary>
    public static PosixPattern? Of(string expression)
    {
        if (expression.Contains('\0', StringComparison.Ordinal)) return null;
        var regex = stackalloc ulong[RegexWords];
        if (Compile(regex, expression, REG_EXTENDED) != 0) return null;
        Free(regex);
        return new(expression);
    }

    /// <inheritdoc/>
    public override string[]? Match(string text)
    {
        var regex = stackalloc ulong[RegexWords];
        if (Compile(regex, Expression, REG_EXTENDED) != 0) throw new LinuxException("regcomp", Expression, Errno.ENOMEM);      // an expression it was before
        try
        {
            var bytes = Encoding.UTF8.GetBytes(text + '\0');
            var ends = stackalloc int[2 * Most];
            fixed (byte* start = bytes)
                if (Execute(regex, start, Most, ends, 0) != 0) return null;
            var groups = new string[Most];
            for (var i = 0; i < Most; i++)
                groups[i] = ends[2 * i] < 0 ? "" : Encoding.UTF8.GetString(bytes, ends[2 * i], ends[2 * i + 1] - ends[2 * i]);
            return groups;
        }
        finally
        {
            Free(regex);
        }
    }

    [LibraryImport("libc", EntryPoint = "regcomp", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Compile(ulong* regex, string expression, int flags);

    [LibraryImport("libc", EntryPoint = "regexec")]
    private static partial int Execute(ulong* regex, byte* text, nuint groups, int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "regfree")]
    private static partial void Free(ulong* regex);
}
