namespace Appliance.Stonith;

/// <summary>What a device says of an outlet. Only an explicit value of its profile is on or off; every other answer is a failure, never a state.</summary>
public enum PowerState
{
    Off,
    On,
    /// <summary>Between the two, by its own word: asked again.</summary>
    Moving,
}
