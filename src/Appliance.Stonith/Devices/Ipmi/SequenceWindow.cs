namespace Appliance.Stonith.Devices.Ipmi;

/// <summary>Which of the other side's packets were seen: none is taken twice, and none that is much older than the newest (IPMI 2.0, 6.12.12 and 6.12.13).</summary>
internal sealed class SequenceWindow
{
    private const uint Width = 16;
    private uint _newest;
    private uint _seen;

    /// <summary>Marks it as seen; <c>false</c> when it must not be taken.</summary>
    public bool Take(uint sequence)
    {
        if (sequence == 0) return false;
        var ahead = sequence - _newest;
        if (_newest == 0 || ahead is > 0 and < int.MaxValue)
        {
            (_seen, _newest) = (_newest == 0 || ahead >= Width ? 1 : (_seen << (int)ahead) | 1, sequence);
            return true;
        }
        var behind = _newest - sequence;
        if (behind >= Width || (_seen & (1u << (int)behind)) != 0) return false;
        _seen |= 1u << (int)behind;
        return true;
    }
}
