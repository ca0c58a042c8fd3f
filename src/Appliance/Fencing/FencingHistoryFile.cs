using System.Collections.Immutable;
using System.Text;
using Appliance.Linux;
using Appliance.Stonith.Cluster;
using Appliance.Stonith.Fencer;

namespace Appliance.Fencing;

/// <summary>The fencing history on disk: whole and flushed whenever something ended.</summary>
internal sealed class FencingHistoryFile(string path)
{
    private const int Mode600 = 0x180;

    /// <exception cref="IOException">It cannot be stored.</exception>
    public void Store(ImmutableArray<FencingRecord> records) => DurableFile.Replace(path, Encoding.UTF8.GetBytes(HistoryText.Write(records)), Mode600);

    /// <summary>What an earlier life stored.</summary>
    public ImmutableArray<FencingRecord> Load()
    {
        try
        {
            return HistoryText.Read(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];      // the first start, or a disk that will show its trouble elsewhere
        }
    }
}
