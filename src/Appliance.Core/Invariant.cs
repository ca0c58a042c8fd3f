namespace Appliance.Core;

/// <summary>What must hold, checked in the shipped binary as well: a node that is wrong about itself leaves the field to its peer.</summary>
public static class Invariant
{
    /// <summary>Ends the process (by exception) when <paramref name="holds"/> is false.</summary>
    /// <exception cref="InvariantViolation">The condition does not hold.</exception>
    public static void Require(bool holds, string rule)
    {
        if (!holds) throw new InvariantViolation(rule);
    }
}

/// <summary>Our own mistake: a rule that must always hold did not.</summary>
public sealed class InvariantViolation(string rule) : Exception("invariant violated: " + rule);
