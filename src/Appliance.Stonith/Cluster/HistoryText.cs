using System.Collections.Immutable;
using System.Text;
using Appliance.Stonith.Fencer;

namespace Appliance.Stonith.Cluster;

/// <summary>The fencing history as a file holds it: one record a line, newest first; only what has ended.</summary>
public static class HistoryText
{
    public static string Write(ImmutableArray<FencingRecord> records)
    {
        var text = new StringBuilder("# fencing history; written by the daemon\n");
        foreach (var record in records.Where(r => r.Completed is not null)) text.Append(FencerWire.Write(record)).Append('\n');
        return text.ToString();
    }

    /// <summary>Lines that do not read are left out.</summary>
    public static ImmutableArray<FencingRecord> Read(string text) =>
        [.. text.Split('\n').Where(l => !l.StartsWith('#')).Select(FencerWire.ReadRecord).OfType<FencingRecord>()];
}
