namespace Appliance.Messaging.Wire;

/// <summary>Cuts classic messages out of a serial line's bytes: skips until a line that begins with <c>&gt;&gt;&gt;</c>, collects until one that begins with <c>&lt;&lt;&lt;</c>.</summary>
/// <remarks>Allocates nothing after its birth. A message that outgrows the buffer is dropped and counted.</remarks>
public sealed class SerialFramer
{
    /// <summary>Longer messages take more than 15 s at 19200 baud: nothing waits for those.</summary>
    public const int MaxMessage = 32 * 1024;

    private readonly byte[] _message = GC.AllocateUninitializedArray<byte>(MaxMessage);
    private int _length, _line;
    private bool _inside, _skipLine;

    /// <summary>Bytes and messages that were thrown away: line noise, or too long.</summary>
    public long Discarded { get; private set; }

    /// <summary>Consumes bytes until a message is complete or they are used up.</summary>
    /// <param name="consumed">How many bytes were taken; call again with the rest.</param>
    /// <param name="message">The message, valid until the next call.</param>
    public bool Next(ReadOnlySpan<byte> input, out int consumed, out ReadOnlySpan<byte> message)
    {
        message = default;
        for (consumed = 0; consumed < input.Length;)
        {
            var value = input[consumed++];
            if (value is (byte)'\r' or 0) continue;     // IGNCR; a break arrives as NUL
            if (_skipLine)
            {
                _skipLine = value != '\n';       // the rest of a line that was too long is not the start of one
                continue;
            }
            if (_length == MaxMessage)
            {
                Discarded++;
                Reset();
                _skipLine = value != '\n';
                continue;
            }
            _message[_length++] = value;
            if (value != '\n') continue;
            var line = _message.AsSpan(_line, _length - _line);
            if (line.StartsWith(">>>"u8))
            {
                if (_inside) Discarded++;               // the one before never ended
                line.CopyTo(_message);
                (_inside, _length) = (true, line.Length);
            }
            else if (!_inside)
            {
                Discarded++;
                _length = 0;
            }
            else if (line.StartsWith("<<<"u8))
            {
                message = _message.AsSpan(0, _length);
                (_inside, _length, _line) = (false, 0, 0);
                return true;
            }
            _line = _length;
        }
        return false;
    }

    /// <summary>Forgets what was half received: the line was unplugged.</summary>
    public void Reset() => (_inside, _length, _line, _skipLine) = (false, 0, 0, false);
}
