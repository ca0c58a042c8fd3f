namespace Appliance.Cib;

/// <summary>What a rule may look at. What is not given does not exist for the rule.</summary>
public sealed record RuleInput(CibTime Now)
{
    public IReadOnlyDictionary<string, string>? NodeAttributes { get; init; }

    /// <summary>For expressions whose value comes from the resource's parameters (<c>value-source="param"</c>).</summary>
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>For expressions whose value comes from the resource's meta-attributes (<c>value-source="meta"</c>).</summary>
    public IReadOnlyDictionary<string, string>? Meta { get; init; }

    /// <summary>What the pattern of a location constraint matched, and its groups: %0 to %9 in attribute names. A group that took no part is empty.</summary>
    public IReadOnlyList<string>? Submatches { get; init; }

    /// <summary>The resource agent's class, for <c>rsc_expression</c>.</summary>
    public string? Class { get; init; }
    public string? Provider { get; init; }
    public string? Type { get; init; }

    /// <summary>The operation, for <c>op_expression</c>.</summary>
    public string? Operation { get; init; }
    public long IntervalMs { get; init; }

    /// <summary>Finds what an <c>id-ref</c> refers to; without it the rule's own document is searched.</summary>
    public IdIndex? Ids { get; init; }

    /// <summary>Takes one sentence for each condition that cannot be evaluated (and so does not pass).</summary>
    public ICollection<string>? Problems { get; init; }
}

/// <summary>The earliest instant at which a rule that was looked at may say something else.</summary>
public sealed class NextChange
{
    /// <summary>Null while nothing is known to change.</summary>
    public CibTime? At { get; private set; }

    public void NotLaterThan(CibTime time)
    {
        if (At is not { } at || time < at) At = time;
    }
}
