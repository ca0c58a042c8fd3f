using System.Globalization;
using System.Runtime.InteropServices;

namespace Appliance.Bench;

/// <summary>What keeps a machine busy while nothing is wrong with it; run as a process of its own (<c>--load WHAT</c>) until it is killed. It prints a line when the machine is as busy as it will be.</summary>
internal static class Load
{
    public static readonly string[] Kinds = ["processor", "memory", "disk"];

    private const int Megabyte = 1 << 20;

    /// <summary>What is left of the memory: so little that the kernel reclaims all the time, and enough that it need not kill.</summary>
    private const long MemoryLeft = 256L * Megabyte;

    public static int Run(string what)
    {
        Thread[] threads = what switch
        {
            "processor" => [.. Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => new Thread(Spin))],
            "memory" => [new Thread(Fill), new Thread(Fill), new Thread(ReadDisk)],
            "disk" => [.. Enumerable.Range(0, 2).Select(_ => new Thread(WriteDisk))],
            _ => throw new ArgumentException($"--load {what}: one of {string.Join(' ', Kinds)}"),
        };
        File.WriteAllText("/proc/self/oom_score_adj", "1000");      // if the kernel must kill after all, then this
        foreach (var thread in threads) thread.Start();
        while (what == "memory" && Available() > 2 * MemoryLeft) Thread.Sleep(50);
        Console.WriteLine("busy");
        foreach (var thread in threads) thread.Join();
        return 0;
    }

    private static void Spin()
    {
        for (var i = 1L; i != 0; i++) { }
    }

    /// <summary>Takes all memory but <see cref="MemoryLeft"/>, and gives back when others want some.</summary>
    private static unsafe void Fill()
    {
        const int piece = 16 * Megabyte;
        var pieces = new Stack<nint>();
        while (true)
        {
            var available = Available();
            if (available > MemoryLeft + piece)
            {
                var memory = NativeMemory.Alloc(piece);
                new Span<byte>(memory, piece).Fill(1);
                pieces.Push((nint)memory);
            }
            else if (available < MemoryLeft / 2 && pieces.TryPop(out var last)) NativeMemory.Free((void*)last);
            else Thread.Sleep(2);
        }
    }

    /// <summary>Reads the disk from end to end: each page wants another one's place.</summary>
    private static void ReadDisk()
    {
        var buffer = new byte[Megabyte];
        while (true)
            foreach (var file in new DirectoryInfo("/usr").EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint }))
            {
                using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
                while (stream.Read(buffer) > 0) { }
            }
    }

    /// <summary>200 MB, flushed, again and again.</summary>
    private static void WriteDisk()
    {
        var buffer = new byte[Megabyte];
        var path = Path.Combine("/var/tmp", Path.GetRandomFileName());
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
        File.Delete(path);          // it has no name any more: however this ends, nothing is left behind
        while (true)
        {
            stream.SetLength(0);
            for (var i = 0; i < 200; i++) stream.Write(buffer);
            stream.Flush(flushToDisk: true);
        }
    }

    private static long Available() => 1024 * long.Parse(
        File.ReadLines("/proc/meminfo").First(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
