using System.Globalization;
using Appliance.Core;

namespace Appliance.Pulse;

/// <summary>Until when the watchdog may be petted for the shared disks' sake: control says so each time it has read this node's mailboxes.</summary>
/// <remarks>An instant and not a word that times out: nothing that delays the message, or the one who reads it, makes it last longer.</remarks>
internal sealed class SlotLease
{
    private SlotLease(bool needed, Instant until) => (Needed, Until) = (needed, until);

    /// <summary>ha.cf names shared disks.</summary>
    public bool Needed { get; }
    public Instant Until { get; set; }

    /// <summary>Services may run here, and this daemon reads mailboxes for them.</summary>
    public bool IsFinite => Needed && Until != default && Until != Instant.Never;

    /// <summary>Without shared disks.</summary>
    public static SlotLease Unneeded() => new(false, Instant.Never);

    /// <summary>None until control gives one: what it finds running may have an order waiting.</summary>
    /// <param name="inherited">What the program before us left, see <see cref="ForNext"/>.</param>
    public static SlotLease FromControl(string? inherited) =>
        new(true, long.TryParse(inherited, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) ? new(ticks) : default);

    /// <summary>For the program that takes this process over: the machine's clock is the same for it.</summary>
    public string? ForNext => Needed ? Until.Ticks.ToString(CultureInfo.InvariantCulture) : null;

    public bool Allows(Instant now) => now < Until;

    /// <summary>Nothing runs here any more that an order could be for.</summary>
    public void Release() => Until = Instant.Never;
}
