namespace Appliance.Simulation.Network;

/// <summary>How well one machine is heard by another over one segment, now. Faults add to it and take away again.</summary>
internal sealed class Path
{
    /// <summary>How many faults block it at present.</summary>
    public int Blocked { get; set; }
    public double Loss { get; set; }
    public double Duplication { get; set; }
    public double Corruption { get; set; }
    public double DelayLowMs { get; set; } = 0.05;
    public double DelayHighMs { get; set; } = 1;

    public void Heal(double loss)
    {
        (Blocked, Loss, Duplication, Corruption, DelayLowMs, DelayHighMs) = (0, loss, 0, 0, 0.05, 1);
    }
}
