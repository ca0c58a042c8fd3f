using System.Globalization;

namespace Appliance.Policy.Tests;

/// <summary>
/// <c>bench/fuzz</c> runs as many as somebody has time for (<c>APPLIANCE_FUZZ=from..to</c>; of a single one the text is shown); otherwise two thousand.
/// </summary>
public class A_spoiled_document
{
    /// <summary>Documents take milliseconds. Nothing but an endless loop is longer at one than this, however busy the machine.</summary>
    private static readonly TimeSpan Endless = TimeSpan.FromMinutes(3);

    private const int Enough = 20;

    [Test]
    public void Neither_crashes_nor_hangs_the_engine()
    {
        var text = Environment.GetEnvironmentVariable("APPLIANCE_FUZZ") is { Length: > 0 } asked ? asked : "1..2000";
        var ends = text.Split("..");
        var (from, to) = (int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[^1], CultureInfo.InvariantCulture));
        if (from == to) TestContext.Out.WriteLine(new SpoiledDocuments().MakeText(from));
        var workers = Enumerable.Range(0, Math.Min(2, Environment.ProcessorCount)).Select(_ => new Worker(to)).ToList();
        Worker.Next = from - 1;
        workers.ForEach(static w => w.Start());
        // A worker that crashes for want of stack takes the process with it: then the last lines here say where to look.
        var told = Environment.TickCount64;
        while (!workers.TrueForAll(static w => w.Ended(TimeSpan.FromMilliseconds(200))))
        {
            var stuck = workers.Find(static w => w.Since > Endless);
            Assert.That(stuck?.Seed, Is.Null, "a document that never gets its answer: this seed");
            if (Environment.TickCount64 - told < 10_000) continue;
            told = Environment.TickCount64;
            TestContext.Progress.WriteLine($"{workers.Sum(static w => w.Answered)} answered, now at {string.Join(" and ", workers.ConvertAll(static w => w.Seed))}");
        }
        var problems = workers.SelectMany(static w => w.Problems).ToList();
        TestContext.Progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {workers.Sum(static w => w.Answered)} documents ({from} to {to}), {workers.Sum(static w => w.Read)} of them XML, {problems.Count} problems; the most one allocated: {workers.Max(static w => w.Most) / 1_000_000} MB (seed {workers.MaxBy(static w => w.Most)!.MostSeed})
            """));
        Assert.That(problems, Is.Empty);
        Assert.That(workers.Sum(static w => w.Read), Is.GreaterThan((to - from + 1) / 2), "most are still XML");
    }

    /// <summary>Of a million: parameters and operations whose name is empty.</summary>
    [TestCase(774289), TestCase(791441), TestCase(923303), TestCase(945693)]
    public void That_was_not_answered_once_is_answered(int seed) => Assert.That(SpoiledDocuments.Answer(new SpoiledDocuments().MakeText(seed)), Is.True, "it is XML, and answered");

    /// <summary>One thread that takes the next seed until there is none.</summary>
    private sealed class Worker(int to)
    {
        public static int Next;

        private readonly SpoiledDocuments _documents = new();
        private Thread? _thread;
        private long _begun = Environment.TickCount64;
        private volatile int _seed;

        public int Seed => _seed;
        public int Answered { get; private set; }
        public int Read { get; private set; }
        public long Most { get; private set; }
        public int MostSeed { get; private set; }
        public List<string> Problems { get; } = [];
        public TimeSpan Since => TimeSpan.FromMilliseconds(Environment.TickCount64 - Interlocked.Read(ref _begun));

        public void Start()
        {
            _thread = new Thread(Work) { IsBackground = true };
            _thread.Start();
        }

        public bool Ended(TimeSpan within) => _thread!.Join(within);

        private void Work()
        {
            while (Problems.Count < Enough && Interlocked.Increment(ref Next) is var seed && seed <= to)
            {
                _seed = seed;
                Interlocked.Exchange(ref _begun, Environment.TickCount64);
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    if (SpoiledDocuments.Answer(_documents.MakeText(seed))) Read++;
                }
                catch (Exception problem) when (problem is not OutOfMemoryException)
                {
                    Problems.Add($"seed {seed}: {problem}");
                }
                var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
                if (bytes > SpoiledDocuments.MostBytes) Problems.Add($"seed {seed} allocated {bytes} bytes");
                if (bytes > Most) (Most, MostSeed) = (bytes, seed);
                Answered++;
            }
        }
    }
}
