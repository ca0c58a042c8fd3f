namespace Appliance.Commands.Policy;

/// <summary>This machine's time zone.</summary>
internal static class LocalTime
{
    /// <summary>Seconds by which the clock is ahead of UTC at an instant.</summary>
    public static int Offset(long epoch) => (int)DateTimeOffset.FromUnixTimeSeconds(epoch).ToLocalTime().Offset.TotalSeconds;
}
