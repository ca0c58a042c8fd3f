using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Appliance.Lrm;

/// <summary>Tells files that came with Linux-HA heartbeat's package from files an administrator wrote.</summary>
/// <remarks>
/// <para>heartbeat's package puts wrappers for IPaddr2, Filesystem and others into resource.d, and five scripts into rc.d. They are not anybody's
/// will: our built-in agents and engine do their work. A file the administrator put there, or changed, is, and wins.</para>
/// <para>The rule, in this order: (1) dpkg's status file lists the path as a configuration file with its MD5 sum: the file is the package's exactly
/// when the sum is still that one. This holds as well when the package has been removed and its configuration files were left behind. (2) dpkg does not
/// know the path (another distribution, an installation from source): a resource script is the package's when all it does is what the shipped wrappers
/// do: it sources <c>hto-mapfuncs</c>, sets <c>OCF_TYPE</c> to its own name and its last command is <c>ra_execocf</c>; a hook is the package's when
/// it has the shipped script's characteristic command.</para>
/// <para>A verdict is kept until the file changes (inode change time, size), so that asking again costs one stat(2).</para>
/// </remarks>
public sealed class PackagedFiles(string dpkgStatus)
{
    private static readonly char[] Blanks = [' ', '\t'];
    private readonly ConcurrentDictionary<string, (DateTime Changed, long Size, bool Packaged)> _verdicts = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private Dictionary<string, string>? _sums;
    private DateTime _sumsRead;

    /// <summary>Whether a script of resource.d is the packaged wrapper for the agent of its name.</summary>
    public bool IsPackagedWrapper(string path, string name) => Verdict(path, text => LooksLikeWrapper(text, name));

    /// <summary>Whether a script of rc.d (or harc) is the packaged one.</summary>
    public bool IsPackagedHook(string path, string name) => Verdict(path, text => LooksLikeShippedHook(text, name));

    /// <summary>Content rule for wrappers, see remarks.</summary>
    internal static bool LooksLikeWrapper(string text, string name)
    {
        var commands = Commands(text);
        return commands.Any(c => c.StartsWith(". ", StringComparison.Ordinal) && c.EndsWith("/hto-mapfuncs", StringComparison.Ordinal))
            && commands.Contains("OCF_TYPE=" + name)
            && commands.LastOrDefault() is { } last && last.Split(Blanks, StringSplitOptions.RemoveEmptyEntries) is ["ra_execocf", _];
    }

    private static bool LooksLikeShippedHook(string text, string name) => Commands(text) is var commands && name switch
    {
        "status" => commands.Any(c => c.Contains("mach_down $HA_src", StringComparison.Ordinal)),
        "ip-request" => commands.Any(c => c.Contains("$RSCMGR givegroup $IPADDR", StringComparison.Ordinal)),
        "ip-request-resp" => commands.Any(c => c.Contains("$TAKE takegroup $RSCGRPNAME", StringComparison.Ordinal)),
        "ask_resources" => commands.Any(c => c.Contains("ResourceManager takegroup $groupkey", StringComparison.Ordinal)),
        "hb_takeover" => commands.Any(c => c.Contains("hb_standby $standby_rsc", StringComparison.Ordinal)),
        "harc" => commands.Contains("exec $RCDIR/$1 \"$@\""),
        _ => false,
    };

    private static List<string> Commands(string text) =>
        [.. text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#')];

    private bool Verdict(string path, Func<string, bool> contentRule)
    {
        var file = new FileInfo(path);
        if (!file.Exists) return false;
        if (_verdicts.TryGetValue(path, out var known) && known.Changed == file.LastWriteTimeUtc && known.Size == file.Length) return known.Packaged;
        bool packaged;
        try
        {
            var bytes = File.ReadAllBytes(path);
            packaged = Sums().TryGetValue(Normal(path), out var sum)
                ? string.Equals(sum, Md5(bytes), StringComparison.OrdinalIgnoreCase)
                : contentRule(System.Text.Encoding.UTF8.GetString(bytes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;       // what cannot be read cannot be shown to be the package's: it is run, and will say itself what is wrong
        }
        _verdicts[path] = (file.LastWriteTimeUtc, file.Length, packaged);
        return packaged;
    }

    private static string Normal(string path) => Path.GetFullPath(path);

#pragma warning disable CA5351      // MD5 is what dpkg keeps; it is used here to recognize a file, not to protect one
    private static string Md5(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351

    /// <summary>Paths and sums from the <c>Conffiles:</c> fields: lines <c> PATH MD5 [obsolete]</c>.</summary>
    private Dictionary<string, string> Sums()
    {
        lock (_gate)
        {
            var written = File.Exists(dpkgStatus) ? File.GetLastWriteTimeUtc(dpkgStatus) : default;
            if (_sums is not null && written == _sumsRead) return _sums;
            var sums = new Dictionary<string, string>(StringComparer.Ordinal);
            if (written != default)
                foreach (var line in File.ReadLines(dpkgStatus))
                {
                    if (!line.StartsWith(" /", StringComparison.Ordinal)) continue;
                    var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                    if (words.Length >= 2 && words[1].Length == 32) sums[words[0]] = words[1];
                }
            (_sums, _sumsRead) = (sums, written);
            return sums;
        }
    }
}
