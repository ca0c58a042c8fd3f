using System.Globalization;
using System.Text.Json;
using Appliance.Bench;

// bench/run [--only crash|handover|load|quiet|operations]... [--times N] [--seconds N] [--json FILE] --ours PREFIX/sbin
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (Option("--load") is { } kind) return Load.Run(kind);
if (Option("--beat") is { } period) return BareLoop.Run(TimeSpan.FromMilliseconds(double.Parse(period, null)));
var ours = Option("--ours") ?? throw new ArgumentException("--ours DIR: where the installed commands are");
var times = int.Parse(Option("--times") ?? "20", null);
var seconds = TimeSpan.FromSeconds(int.Parse(Option("--seconds") ?? "60", null));
var only = args.Zip(args.Skip(1)).Where(p => p.First == "--only").Select(p => p.Second).ToArray();
var contenders = args.Zip(args.Skip(1)).Where(p => p.First == "--contender").Select(p => p.Second).ToArray();
var rows = new List<Row>();

Heartbeat Ours(int keepalive, int deadtime) => new("appliance", $"{ours}/heartbeat", ours, keepalive, deadtime);
Heartbeat Real(int keepalive, int deadtime) => new("heartbeat 3.0.6", "/usr/libexec/heartbeat/heartbeat", "/usr/bin", keepalive, deadtime);

using var stage = new Stage();
var scenarios = new Scenarios(stage);
(int, int)[] timings = [(200, 2000), (10, 50), (5, 20)];

if (Wanted("crash"))
    foreach (var contender in timings.SelectMany(t => new Contender[] { Ours(t.Item1, t.Item2), Real(t.Item1, t.Item2) }).Append(new Keepalived(10)).Where(In))
        Try(contender, "crash", () =>
        {
            var moves = scenarios.Crashes(contender, times);
            Note(contender, "crash: to kernel, ms", moves.Select(m => m.ToKernel));
            Note(contender, "crash: to kernel over deadtime, ms", moves.Select(m => m.ToKernel - contender.DeadTimeMs));
            Note(contender, "crash: to answer, ms", moves.Select(m => m.ToAnswer));
        });

if (Wanted("handover"))
    foreach (var contender in new Contender[] { Ours(200, 2000), Real(200, 2000), new Keepalived(10) }.Where(In))
        Try(contender, "handover", () => Note(contender, "hand-over: outage, ms", scenarios.HandOvers(contender, times).Select(m => m.Gap)));

if (Wanted("load"))
    foreach (var contender in new[] { Ours(10, 50), Real(10, 50) }.Where(In))
    {
        foreach (var what in Load.Kinds)
            Try(contender, what, () => Note(contender, $"false deaths in {seconds.TotalSeconds} s, {what} saturated", [scenarios.FalseTakeovers(contender, what, seconds)]));
    }

if (Wanted("quiet"))
    foreach (var contender in new[] { Ours(10, 50), Real(10, 50) }.Where(In))
        Try(contender, "quiet", () =>
        {
            var quiet = scenarios.Quiet(contender, TimeSpan.FromSeconds(20));
            Note(contender, "memory of the main process, MB", [quiet.RssKib[0] / 1024.0]);
            Note(contender, "memory of all processes, MB", [quiet.RssKib.Sum() / 1024.0]);
            Note(contender, "processor time per heartbeat, µs", quiet.CpuMicrosPerBeat);
        });

if (Wanted("operations"))
    foreach (var monitored in new[] { 0, 20 })
    {
        var contender = new Heartbeat("appliance", $"{ours}/heartbeat", ours, 10, 50, monitored);
        Try(contender, "operations", () =>
        {
            var seen = scenarios.Intervals(contender, seconds, "processes");
            var what = monitored == 0 ? "at rest" : $"{monitored} programs asked 10 times a second";
            Note(contender, $"heartbeat interval p50, {what}, ms", [seen.P50]);
            Note(contender, $"heartbeat interval p99, {what}, ms", [seen.P99]);
            Note(contender, $"heartbeat interval max, {what}, ms", [seen.Max]);
            Note(contender, $"processes started a second, {what}", [seen.PerSecond]);
        });
    }

if (Wanted("quiet"))
    rows.Add(Figure("processor time per heartbeat, µs", "bare loop", "10/50 ms", scenarios.BareLoops(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(20))));

Report();
if (Option("--json") is { } file) File.WriteAllText(file, JsonSerializer.Serialize(rows.Select(r => new { r.What, r.Who, r.Timing, r.Count, r.Min, r.Median, r.Max, r.Load })));
return 0;

string? Option(string name) => args.SkipWhile(a => a != name).Skip(1).FirstOrDefault();
bool Wanted(string what) => only.Length == 0 || only.Contains(what);
bool In(Contender contender) => contenders.Length == 0 || contenders.Any(c => contender.Name.StartsWith(c, StringComparison.Ordinal));

void Try(Contender contender, string what, Action measure)
{
    Console.Error.WriteLine($"bench: {what}: {contender.Name} {contender.Timing}");
    try { measure(); }
    catch (InvalidOperationException e) { Console.Error.WriteLine($"bench: {e.Message}"); rows.Add(new(what + ": failed", contender.Name, contender.Timing, 0, double.NaN, double.NaN, double.NaN, LoadAverage())); }
}

void Note(Contender contender, string what, IEnumerable<double> values)
{
    var known = values.Where(v => !double.IsNaN(v)).ToArray();
    if (known.Length > 0) rows.Add(Figure(what, contender.Name, contender.Timing, known));
}

static Row Figure(string what, string who, string timing, double[] values)
{
    var sorted = values.Order().ToArray();
    return new(what, who, timing, sorted.Length, sorted[0], Middle(sorted), sorted[^1], LoadAverage());
}

static double LoadAverage() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

static double Middle(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;

void Report()
{
    Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, {Shell.Run("uname -sr")}, {Environment.ProcessorCount} processors");
    Console.WriteLine($"{"what",-46} {"who",-16} {"timing",-15} {"n",3} {"min",8} {"median",8} {"max",8} {"load",5}  ours/theirs");
    foreach (var row in rows.OrderBy(r => r.What, StringComparer.Ordinal).ThenBy(r => r.Timing, StringComparer.Ordinal))
    {
        var mine = rows.FirstOrDefault(r => r.What == row.What && r.Who == "appliance" && (r.Timing == row.Timing || row.Who == "keepalived" && r.Timing == "5/20 ms"));
        var ratio = row.Who == "appliance" || mine is null || row.Median == 0 ? "" : $"{mine.Median / row.Median:0.00}";
        Console.WriteLine($"{row.What,-46} {row.Who,-16} {row.Timing,-15} {row.Count,3} {row.Min,8:0.0} {row.Median,8:0.0} {row.Max,8:0.0} {row.Load,5:0.0}  {ratio}");
    }
}

/// <summary>One line of the table: minimum, median and maximum of one figure.</summary>
/// <param name="Load">The machine's load average over the last minute when it was taken; our own part of it is small except where load is what is measured.</param>
internal sealed record Row(string What, string Who, string Timing, int Count, double Min, double Median, double Max, double Load);
