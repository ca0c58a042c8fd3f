using Appliance.Core;

namespace Appliance.Haresources;

/// <summary>The v1 engine as its shell and the simulator see it: inputs in, effects out.</summary>
/// <remarks>Pure: the same inputs at the same instants give the same effects in the same order.</remarks>
public interface IResourceManager
{
    /// <summary>When to step it with <see cref="ResourceManagerInput.Tick"/> if nothing else happens.</summary>
    Instant NextDeadline { get; }

    /// <summary>Takes one input and appends what is to be done, in order.</summary>
    void Step(ResourceManagerInput input, Instant now, List<ResourceManagerEffect> effects);

    ResourceReport Report(Instant now);
}
