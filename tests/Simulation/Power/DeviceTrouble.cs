namespace Appliance.Simulation.Power;

/// <summary>What can be wrong with a fencing device for a while.</summary>
internal enum DeviceTrouble
{
    None,
    /// <summary>Nothing answers at its address.</summary>
    Mute,
    /// <summary>Somebody changed the password; a power strip lets us look and not switch.</summary>
    Refuses,
    /// <summary>It says yes to every order and does nothing.</summary>
    StaysOn,
    /// <summary>The power goes off long after the order, as with a BMC that asks the operating system first.</summary>
    Slow,
    /// <summary>Of its packets many are lost.</summary>
    Lossy,
    /// <summary>It does as it is told, and is not heard any more after an order.</summary>
    FallsSilent,
    /// <summary>It is wired to another machine, which nobody needs: it does as it is told, and what it says is true of that one.</summary>
    Miswired,
}
