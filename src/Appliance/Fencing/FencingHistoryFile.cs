using System.Collections.Immutable;
using System.Text;
using Appliance.Linux;
using Appliance.Stonith.Fencer;

namespace Appliance.Fencing;

/// <summary>The fencing history on disk: one record a line, newest first, whole and flushed whenever something ended.</summary>
internal sealed class FencingHistoryFile(string path)
{
    private const int Mode600 = 0x180;

    /// <exception cref="IOException">It cannot be stored.</exception>
    public void Store(ImmutableArray<FencingRecord> records)
    {
        var text = new StringBuilder("# fencing history; written by the daemon\n");
        foreach (var record in records.Where(r => r.Completed is not null)) text.Append(FencerWire.Write(record)).Append('\n');
        DurableFile.Replace(path, Encoding.UTF8.GetBytes(text.ToString()), Mode600);
    }

    /// <summary>What an earlier life stored; lines that do not read are left out.</summary>
    public ImmutableArray<FencingRecord> Load()
    {
        try
        {
            return [.. File.ReadLines(path).Where(l => !l.StartsWith('#')).Select(FencerWire.ReadRecord).OfType<FencingRecord>()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];      // the first start, or a disk that will show its trouble elsewhere
        }
    }
}
