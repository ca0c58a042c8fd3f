namespace Appliance.Messaging.Signing;

/// <summary>The last few texts whose signatures were found good, with these. Only what is the same to the byte is known again, so it tells nobody anything: whoever has the same bytes has a good signature already.</summary>
internal sealed class Genuine
{
    /// <summary>So many, as several nodes speak at once; texts of a heartbeat's size have their place from the beginning, and texts beyond the largest are hashed each time.</summary>
    private const int Slots = 8, Usual = 512, Largest = 16 * 1024;

    private readonly byte[][] _bytes = Fill();
    private readonly (int Signature, int Data)[] _lengths = new (int, int)[Slots];
    private int _next;

    public bool Has(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> data)
    {
        for (var i = 0; i < Slots; i++)
        {
            if (_lengths[i] != (signature.Length, data.Length) || signature.IsEmpty) continue;
            var kept = _bytes[i].AsSpan();
            if (kept[..signature.Length].SequenceEqual(signature) && kept.Slice(signature.Length, data.Length).SequenceEqual(data)) return true;
        }
        return false;
    }

    public void Keep(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> data)
    {
        var size = signature.Length + data.Length;
        if (size > Largest) return;
        var slot = _next;
        _next = (_next + 1) % Slots;
        if (_bytes[slot].Length < size) _bytes[slot] = new byte[size];
        signature.CopyTo(_bytes[slot]);
        data.CopyTo(_bytes[slot].AsSpan(signature.Length));
        _lengths[slot] = (signature.Length, data.Length);
    }

    private static byte[][] Fill()
    {
        var slots = new byte[Slots][];
        for (var i = 0; i < Slots; i++) slots[i] = new byte[Usual];
        return slots;
    }
}
