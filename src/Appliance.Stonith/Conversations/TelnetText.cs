namespace Appliance.Stonith.Conversations;

/// <summary>The text of a telnet connection (RFC 854) apart from its negotiation. Of all options only that the other side echoes and sends without asking (1, 3) are taken; every other one is refused.</summary>
public sealed class TelnetText
{
    private const byte Iac = 255, Dont = 254, Do = 253, Wont = 252, Will = 251, Begin = 250, End = 240, Echo = 1, GoAhead = 3;

    /// <summary>More answers than this are nothing a device asks for; a loop of questions ends here.</summary>
    private const int MostAnswers = 64;
    private enum Place { Text, Command, Option, Inside, InsideCommand }
    private Place _place;
    private byte _verb;
    private int _answers;

    /// <summary>Takes bytes as they come, cut anywhere.</summary>
    /// <param name="text">Gets what was meant for the reader.</param>
    /// <param name="reply">Gets what must be sent back.</param>
    public void Take(ReadOnlySpan<byte> bytes, List<byte> text, List<byte> reply)
    {
        foreach (var b in bytes)
            switch (_place)
            {
                case Place.Text when b == Iac: _place = Place.Command; break;
                case Place.Text: text.Add(b); break;
                case Place.Command when b == Iac:
                    text.Add(b);
                    _place = Place.Text;
                    break;
                case Place.Command:
                    (_verb, _place) = (b, b == Begin ? Place.Inside : b is >= Will and <= Dont ? Place.Option : Place.Text);
                    break;
                case Place.Option:
                    Answer(b, reply);
                    _place = Place.Text;
                    break;
                case Place.Inside when b == Iac: _place = Place.InsideCommand; break;
                case Place.InsideCommand: _place = b == End ? Place.Text : Place.Inside; break;
                default: break;
            }
    }

    private void Answer(byte option, List<byte> reply)
    {
        // A refusal of something that is off anyway gets no answer: two refusing sides would never end.
        if (_verb is Dont or Wont || _answers++ >= MostAnswers) return;
        reply.Add(Iac);
        reply.Add(_verb == Will ? option is Echo or GoAhead ? Do : Dont : Wont);
        reply.Add(option);
    }

    /// <summary>A line as telnet sends it: with CR LF, and 255 doubled.</summary>
    public static byte[] Line(string line)
    {
        var bytes = new List<byte>();
        foreach (var b in System.Text.Encoding.UTF8.GetBytes(line))
        {
            bytes.Add(b);
            if (b == Iac) bytes.Add(b);
        }
        bytes.Add((byte)'\r');
        bytes.Add((byte)'\n');
        return [.. bytes];
    }
}
