namespace Appliance.Cib;

/// <summary>What came of a rule or one of its conditions; everything but <see cref="Passes"/> means that it does not apply.</summary>
public enum RuleVerdict
{
    Passes,
    Fails,

    /// <summary>Fails because the time, or a value, is below what is asked for.</summary>
    Before,

    /// <summary>Fails because the time, or a value, is above what is asked for.</summary>
    After,

    /// <summary>Cannot be evaluated.</summary>
    Malformed,
}
