using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Messaging;

namespace Appliance.Control;

/// <summary>The command FIFO in the file system.</summary>
internal sealed class FifoReader(string path, ApplianceLog log) : IDisposable
{
    private const int Mode = 0x180;                 // 0600
    private const int MostPerRound = 64 * 1024;     // so that a flood here does not hold up events
    private static readonly TimeSpan SayAgainAfter = TimeSpan.FromSeconds(10);

    private readonly FifoParser _parser = new();
    private readonly byte[] _buffer = new byte[4096];
    private Descriptor? _fifo;
    private Instant _sayNext;
    private long _said;

    /// <summary>-1 while it cannot be opened.</summary>
    public int Number => _fifo?.Number ?? -1;

    public long Malformed => _parser.Malformed;

    public void Open()
    {
        try
        {
            _fifo = Fifo.OpenForReading(path, Mode);
        }
        catch (IOException e)
        {
            log.Error($"{path}: {e.Message}; hb_standby and hb_takeover do not work");
        }
    }

    public void Read(Instant now, Action<Message> complete)
    {
        for (var left = MostPerRound; left > 0 && _fifo is not null; left -= _buffer.Length)
        {
            var n = _fifo.Read(_buffer);
            if (n <= 0) break;
            _parser.Feed(_buffer.AsSpan(0, n), complete);
        }
        if (_parser.Malformed > _said && now >= _sayNext)
        {
            log.Write(LogPriority.Warn, $"{_parser.Malformed - _said} malformed messages in {path} dropped, the last one: {_parser.LastFault}");
            (_said, _sayNext) = (_parser.Malformed, now + SayAgainAfter);
        }
    }

    public void Dispose() => _fifo?.Dispose();
}
