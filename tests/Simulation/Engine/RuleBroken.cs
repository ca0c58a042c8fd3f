using Appliance.Core;

namespace Appliance.Simulation.Engine;

/// <summary>Something that must always hold did not.</summary>
/// <param name="rule">Short name of the rule: failures of the same rule are the same finding.</param>
internal sealed class RuleBroken(string rule, Instant at, string what) : Exception($"rule '{rule}' broken at {at}: {what}")
{
    public string Rule => rule;
}
