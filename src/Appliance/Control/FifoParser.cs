using System.Collections.Immutable;
using System.Text;
using Appliance.Messaging;

namespace Appliance.Control;

/// <summary>Classic text out of the command FIFO: <c>&gt;&gt;&gt;</c>, <c>name=value</c> lines, <c>&lt;&lt;&lt;</c>. Bytes in, messages out; bad input is counted.</summary>
/// <remarks>
/// As in 3.0.6 everything outside the markers is skipped. The fields that the sending daemon adds itself are dropped from what is written here: a
/// message cannot claim another sender, number or signature.
/// </remarks>
internal sealed class FifoParser
{
    /// <summary>ha_msg.h of 3.0.6's line: MAXLINE of the FIFO reader is 512 bytes.</summary>
    public const int LongestLine = 512;

    /// <summary>Lines of one message; the longest of the tools has four.</summary>
    public const int MostLines = 256;

    private readonly byte[] _line = new byte[LongestLine];
    private readonly List<(string Name, string Value)> _fields = [];
    private int _length;
    private bool _tooLong, _inside, _bad;

    /// <summary>Messages dropped because something in them was wrong.</summary>
    public long Malformed { get; private set; }

    /// <summary>What was wrong with the last one.</summary>
    public string LastFault { get; private set; } = "";

    /// <summary>Takes what was read; hands on each whole message.</summary>
    public void Feed(ReadOnlySpan<byte> bytes, Action<Message> complete)
    {
        foreach (var b in bytes)
        {
            if (b == '\n')
            {
                Line(complete);
                (_length, _tooLong) = (0, false);
            }
            else if (_length < LongestLine) _line[_length++] = b;
            else _tooLong = true;
        }
    }

    private void Line(Action<Message> complete)
    {
        var line = _line.AsSpan(0, _length);
        if (line.StartsWith(">>>"u8))
        {
            if (_inside) Drop("a message began before the last one ended");
            (_inside, _bad) = (true, false);
            _fields.Clear();
        }
        else if (line.StartsWith("<<<"u8))
        {
            if (_inside) End(complete);
            _inside = false;
        }
        else if (_inside && !_bad) Field(line);
    }

    private void Field(ReadOnlySpan<byte> line)
    {
        var equals = line.IndexOf((byte)'=');
        if (_tooLong) Drop($"a line is longer than {LongestLine} bytes");
        else if (_fields.Count >= MostLines) Drop($"more than {MostLines} lines");
        else if (equals <= 0) Drop("a line without name=value");
        else if (line.Contains((byte)0)) Drop("a NUL in a line");
        else if (line[0] == '(') Drop("a typed field; only strings can be written here");
        else
        {
            var name = Encoding.Latin1.GetString(line[..equals]);
            if (name is not ("src" or "srcuuid" or "destuuid" or "seq" or "hg" or "ts" or "ld" or "ttl" or "auth"))
                _fields.Add((name, Encoding.Latin1.GetString(line[(equals + 1)..])));
        }
    }

    private void End(Action<Message> complete)
    {
        if (_bad) return;
        var type = _fields.FirstOrDefault(f => f.Name == "t").Value;
        if (string.IsNullOrEmpty(type)) Drop("no field t");
        else if (type.Length >= 32) Drop("field t has 32 characters or more");       // protocol reference, section 1
        else if (type == "status" || type.StartsWith("NS_", StringComparison.Ordinal)) Drop($"type {type} is messaging's own");
        else complete(new([.. _fields.ConvertAll(f => new MessageField(f.Name, FieldType.String, [.. Encoding.Latin1.GetBytes(f.Value)]))]));
    }

    private void Drop(string fault)
    {
        if (_bad) return;
        _bad = true;
        Malformed++;
        LastFault = fault;
    }
}
