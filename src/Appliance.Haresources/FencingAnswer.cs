using Appliance.Stonith.Fencer;

namespace Appliance.Haresources;

/// <summary>The fencer's word as the resource manager takes it.</summary>
public static class FencingAnswer
{
    /// <summary>Only what is proven (or what a person vouched for) is confirmed.</summary>
    public static ResourceManagerInput.FencingEnded Of(int fencingId, FencingEnd end) => new(fencingId, end.Outcome switch
    {
        FencingOutcome.Done => FencingResult.Confirmed,
        FencingOutcome.NoDevice => FencingResult.BadHost,
        FencingOutcome.TimedOut => FencingResult.TimedOut,
        _ => FencingResult.Failed,
    }, end.Sentence.Length > 0 ? end.Sentence : $"by {end.Delegate}");
}
