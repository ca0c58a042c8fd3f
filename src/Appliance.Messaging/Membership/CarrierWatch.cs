using Appliance.Core;

namespace Appliance.Messaging.Membership;

/// <summary>What is believed of the carrier of one serial line, from readings of its modem status at the heartbeat's rhythm.</summary>
/// <remarks>
/// A carrier that is there is believed at once. One that is gone takes quorum, so it is believed only of a line that is known to tell: whose carrier was there before (a cable of three wires, or an adapter without these
/// signals, never shows any), which has been without one for <see cref="Readings"/> readings, and over which nothing is heard meanwhile. A line over which nodes are heard for a dead time without a break and without a carrier
/// (what was on its way, a plug that is pulled slowly, and one that is pulled while the other end begins, take less) lies, and is not believed before it shows one again.
/// </remarks>
/// <param name="liesAfter">The dead time.</param>
internal sealed class CarrierWatch(TimeSpan liesAfter)
{
    /// <summary>A single reading may fall into a moment in which the other end opens its port anew.</summary>
    private const int Readings = 2;

    private bool _seen, _lies;
    private int _without;
    private long _heard;
    private Instant? _heardSince;      // without a carrier, and at each reading

    /// <summary>Null: not known.</summary>
    public bool? Carrier { get; private set; }

    /// <param name="shown">As the line shows it now; null: it does not tell, or is not open.</param>
    /// <param name="heard">How many packets of other nodes came over it so far.</param>
    /// <returns>What is believed has changed.</returns>
    public bool Read(bool? shown, long heard, Instant now)
    {
        var before = Carrier;
        if (shown is not false) (Carrier, _seen, _lies, _without, _heardSince) = (shown, shown is true, false, 0, null);
        else if (_seen && !_lies)
        {
            _without++;
            if (heard == _heard)
            {
                _heardSince = null;
                if (_without >= Readings) Carrier = false;
            }
            else if (now - (_heardSince ??= now) >= liesAfter) (Carrier, _lies) = (null, true);
        }
        _heard = heard;
        return Carrier != before;
    }
}
