using Appliance.Cib;

namespace Appliance.Crm.Transition;

/// <summary>How well a run of the policy engine went; it decides in which series its input is kept.</summary>
public enum PolicyVerdict { Error, Warning, Fine }

/// <summary>An input of the policy engine that is to be kept.</summary>
/// <param name="FileName">Where; what is there is replaced.</param>
/// <param name="Document">The CIB, with the instant of the run as <c>execution-date</c>, so that the run can be repeated.</param>
/// <param name="NumberFileName">Where the series' next number is kept.</param>
/// <param name="NextNumber">The text of that file.</param>
public sealed record KeptInput(string FileName, CibElement Document, string NumberFileName, string NextNumber);

/// <summary>Which inputs of the policy engine are kept, and under which names: three series, each of which begins again when it is full.</summary>
/// <remarks>Names, numbers and defaults as Pacemaker's scheduler has them (schedulerd_messages.c), which tools look for.</remarks>
public sealed class PolicyInputFiles
{
    private static readonly string[] Series = ["pe-error", "pe-warn", "pe-input"];

    /// <summary>How many of a series are kept when nothing is said; -1: all.</summary>
    private static readonly int[] Defaults = [-1, 5000, 4000];

    private readonly long[] _next = [0, 0, 0];
    private readonly string _extension;
    private string? _lastDigest;

    /// <param name="extension">Of the form in which the shell writes documents.</param>
    public PolicyInputFiles(string extension = "bz2") => _extension = extension;

    /// <summary>The last file that was kept; empty when the last input was not: what a transition says of its source.</summary>
    public string Source { get; private set; } = "";

    /// <summary>What the files with the next numbers said when this node began; what cannot be read is 0.</summary>
    public void Remember(PolicyVerdict verdict, string? text) => _next[(int)verdict] = Values.TryInteger(text, out var number) && number is >= 0 and <= uint.MaxValue ? number : 0;

    /// <param name="option">The cluster's options by their names.</param>
    /// <param name="now">Seconds of the epoch at which the engine was to think it was.</param>
    /// <returns>Null when nothing is to be kept: the series is switched off, or the input is the one before.</returns>
    public KeptInput? Keep(CibElement cib, PolicyVerdict verdict, Func<string, string?> option, long now)
    {
        var index = (int)verdict;
        var name = Series[index];
        var size = Values.TryInteger(option(name + "-series-max"), out var wanted) ? Math.Max(-1, wanted) : Defaults[index];
        var digest = Digests.OnDisk(cib);
        var isSame = digest == _lastDigest;
        _lastDigest = digest;
        if (size == 0)
        {
            Source = "";
            return null;
        }
        // What was not kept the last time has no file that could stand for it.
        if (isSame && Source.Length > 0) return null;
        var number = _next[index];
        _next[index] = size > 0 && number + 1 >= size ? 0 : number + 1;
        Source = string.Create(null, $"{name}-{number}.{_extension}");
        return new(Source, cib.Clone().Set("execution-date", string.Create(null, $"{now}")), name + ".last", string.Create(null, $"{_next[index]}"));
    }
}
