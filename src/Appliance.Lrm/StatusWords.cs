namespace Appliance.Lrm;

/// <summary>Judges a status action by what the script printed on standard output, in pieces of any size; the exit status says nothing.</summary>
/// <remarks>ResourceManager of 3.0.6, <c>we_own_resource</c>: <c>*[Nn][Oo][Tt]\ *[Rr]unning*</c> is not running (anything, also lines, may stand between);
/// otherwise <c>*[Rr]unning*</c> or <c>*OK*</c> is running; anything else is not.</remarks>
public sealed class StatusWords
{
    private static readonly byte[][] Words = ["running"u8.ToArray(), "not "u8.ToArray()];

    private readonly byte[] _last = new byte[7];
    private bool _not;
    private bool _running;
    private bool _ok;
    private bool _notRunning;

    public bool IsRunning => !_notRunning && (_running || _ok);

    public void Read(ReadOnlySpan<byte> output)
    {
        foreach (var b in output)
        {
            _last.AsSpan(1).CopyTo(_last);
            _last[^1] = b;
            if (b == 'g' && EndsWith(Words[0], capitals: 1))
            {
                _running = true;
                _notRunning |= _not;
            }
            else if (b == ' ' && EndsWith(Words[1], capitals: 3)) _not = true;
            else if (b == 'K' && _last[^2] == 'O') _ok = true;
        }
    }

    /// <summary>Compares the last bytes; the first <paramref name="capitals"/> letters may be capitals.</summary>
    private bool EndsWith(byte[] word, int capitals)
    {
        for (var i = 0; i < word.Length; i++)
        {
            var have = _last[_last.Length - word.Length + i];
            if (have == word[i]) continue;
            if (i < capitals && have is >= (byte)'A' and <= (byte)'Z' && have + 32 == word[i]) continue;
            return false;
        }
        return true;
    }
}
