using System.Collections.Immutable;

namespace Appliance.Stonith.Devices.Snmp;

/// <summary>How a question ended.</summary>
public enum SnmpOutcome
{
    /// <summary>The agent answered; <see cref="SnmpQuery.Error"/> and each value say what.</summary>
    Answered,
    /// <summary>Nobody answered: off, elsewhere, or another community or privacy key (an agent says nothing then).</summary>
    Silent,
    /// <summary>The network says that nobody is there.</summary>
    Unreachable,
    /// <summary>The agent refuses the user, the pass phrase or the level of security.</summary>
    Refused,
    /// <summary>Something answered, and not in this version of SNMP.</summary>
    Garbled,
}

/// <summary>One question to an agent, or one order, and what came of it.</summary>
public sealed class SnmpQuery(PduKind kind, params ImmutableArray<VarBind> asked)
{
    public PduKind Kind => kind;
    public ImmutableArray<VarBind> Asked => asked;

    /// <summary>Of a GetBulk.</summary>
    public int Repetitions { get; init; } = 20;
    public SnmpOutcome Outcome { get; set; } = SnmpOutcome.Silent;
    public SnmpError Error { get; set; }
    public ImmutableArray<VarBind> Values { get; set; } = [];

    /// <summary>What went wrong and what to look at; empty when the agent answered.</summary>
    public string Sentence { get; set; } = "";

    /// <summary>The agent answered and had no complaint. A value may be missing all the same.</summary>
    public bool IsGood => Outcome == SnmpOutcome.Answered && Error == SnmpError.None;

    /// <summary>The value of one name; <c>null</c> when there is none.</summary>
    public SnmpValue? this[Oid name]
    {
        get
        {
            if (!IsGood) return null;
            foreach (var bind in Values)
                if (bind.Name.Equals(name)) return bind.Value is SnmpValue.Missing or SnmpValue.Null ? null : bind.Value;
            return null;
        }
    }

    public static SnmpQuery Get(Oid name) => new(PduKind.Get, VarBind.Of(name));

    public static SnmpQuery Set(Oid name, SnmpValue value) => new(PduKind.Set, new VarBind(name, value));
}
