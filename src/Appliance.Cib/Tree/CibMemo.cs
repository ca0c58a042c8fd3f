namespace Appliance.Cib;

/// <summary>What an element, everything below it, and their copies have in common while nothing in them changes: whoever finds one memo in two places knows that they say the same.</summary>
/// <remarks>An element that has one has one in everything below it, too. Threads that copy one document at a time may give its copies different ones: then less is known, and nothing that is wrong.</remarks>
internal sealed class CibMemo
{
    /// <summary>Longer texts are put together of those of their parts each time, so that no part is kept again at every level.</summary>
    private const int LongestKept = 16 * 1024;

    private byte[]? _whole, _filtered;

    /// <summary>The text (<see cref="CibBytes"/>); null: it is not kept.</summary>
    public byte[]? Text(bool filtered) => filtered ? _filtered : _whole;

    public void Keep(bool filtered, ReadOnlySpan<byte> text)
    {
        if (text.Length > LongestKept) return;
        if (filtered) _filtered = text.ToArray();
        else _whole = text.ToArray();
    }
}
