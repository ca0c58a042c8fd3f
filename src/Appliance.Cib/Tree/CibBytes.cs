using System.Buffers;
using System.Text;

namespace Appliance.Cib;

/// <summary>An element's text in one of the two forms that digests and messages have, as UTF-8: the same as <see cref="CibWriter"/> writes, without a string of all of it.</summary>
internal sealed class CibBytes : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(32 * 1024);
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Need(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <param name="filtered">Without the attributes that say who wrote last.</param>
    public void Append(CibElement element, bool filtered)
    {
        var memo = element.Memo;
        if (memo?.Text(filtered) is { } known)
        {
            Append(known);
            return;
        }
        var from = _length;
        if (element.IsComment)
        {
            Append("<!--"u8);
            Append(element.Text);
            Append("-->"u8);
            return;
        }
        Append("<"u8);
        Append(element.Name);
        foreach (var attribute in element.Attributes)
        {
            if (filtered && CibWriter.Filterable(attribute.Name)) continue;
            Append(" "u8);
            Append(attribute.Name);
            Append("=\""u8);
            Append(CibWriter.Escaped(attribute.Value));
            Append("\""u8);
        }
        var nodes = element.Nodes;
        if (nodes.Count == 0) Append("/>"u8);
        else
        {
            Append(">"u8);
            for (var i = 0; i < nodes.Count; i++) Append(nodes[i], filtered);
            Append("</"u8);
            Append(element.Name);
            Append(">"u8);
        }
        if (nodes.Count > 1) memo?.Keep(filtered, Written[from..]);
    }

    private void Append(ReadOnlySpan<char> text)
    {
        Need(3 * text.Length);      // the most that a character of UTF-16 takes
        var room = _bytes.AsSpan(_length);
        _length += Ascii.FromUtf16(text, room, out var length) == OperationStatus.Done ? length : Encoding.UTF8.GetBytes(text, room);
    }

    private void Need(int more)
    {
        if (_bytes.Length - _length >= more) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(2 * _bytes.Length, _length + more));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
