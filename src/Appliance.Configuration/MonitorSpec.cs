namespace Appliance.Configuration;

/// <summary>The <c>monitor</c> line: resources that run are asked for their status, and what failed is restarted in place or handed over. A directive of ours.</summary>
/// <param name="Interval">Between two rounds of questions to one group.</param>
/// <param name="Restarts">How many failures of a group within <paramref name="Within"/> are answered by a restart on the same node; one more hands it over.</param>
/// <param name="Timeout">How long one status may take.</param>
public sealed record MonitorSpec(TimeSpan Interval, int Restarts, TimeSpan Within, TimeSpan Timeout)
{
    /// <summary>"First restart, then move": one restart an hour, and a status that hangs is given 20 seconds.</summary>
    public static readonly MonitorSpec Usual = new(TimeSpan.FromSeconds(10), 1, TimeSpan.FromHours(1), TimeSpan.FromSeconds(20));
}
