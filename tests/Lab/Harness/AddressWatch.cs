using System.Diagnostics;

namespace Appliance.Lab.Harness;

/// <summary>Follows which addresses a host's kernel holds, and since when, by the kernel's own notices.</summary>
public sealed class AddressWatch : IDisposable
{
    private readonly Process _monitor;
    private readonly StreamReader _output;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _held = [];
    private readonly List<(long At, string Address, bool Held)> _history = [];

    public AddressWatch(string networkNamespace)
    {
        _monitor = Shell.Start($"ip -n {networkNamespace} -o monitor address 2>&1");
        _output = _monitor.StandardOutput;      // asked for here: after a quick end of the test the process object is gone before the thread has begun
        new Thread(Read, 256 * 1024) { IsBackground = true, Name = "address watch" }.Start();
    }

    public bool Holds(string address) { lock (_lock) return _held.Contains(address); }

    /// <summary>Every change so far, in order; times as of <see cref="Stopwatch"/>.</summary>
    public (long At, string Address, bool Held)[] History { get { lock (_lock) return [.. _history]; } }

    /// <summary>How often the address appeared after the given instant.</summary>
    public int Arrivals(string address, long since) => History.Count(h => h.Held && h.Address == address && h.At >= since);

    public void Dispose()
    {
        _monitor.Kill();
        _monitor.WaitForExit();
        _monitor.Dispose();
    }

    private void Read()
    {
        // "5: eth0    inet 10.9.0.100/24 ..." and the same with "Deleted " before it
        while (_output.ReadLine() is { } line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var family = Array.IndexOf(words, "inet");
            if (family < 0 || family + 1 >= words.Length) continue;
            var address = words[family + 1].Split('/')[0];
            var held = !line.StartsWith("Deleted", StringComparison.Ordinal);
            lock (_lock)
            {
                if (held ? _held.Add(address) : _held.Remove(address)) _history.Add((Stopwatch.GetTimestamp(), address, held));
            }
        }
    }
}
