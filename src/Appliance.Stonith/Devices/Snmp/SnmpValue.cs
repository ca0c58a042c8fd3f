using System.Collections.Immutable;
using System.Text;

namespace Appliance.Stonith.Devices.Snmp;

/// <summary>What an agent says of an object (RFC 3416, ObjectSyntax and the exceptions).</summary>
public abstract record SnmpValue
{
    private SnmpValue() { }

    public sealed record Integer(long Value) : SnmpValue
    {
        public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>A string, or any bytes.</summary>
    public sealed record Octets(ImmutableArray<byte> Bytes) : SnmpValue
    {
        public string Text => Encoding.UTF8.GetString(Bytes.AsSpan()).TrimEnd('\0').Trim();
        public override string ToString() => $"\"{Text}\"";
    }

    public sealed record ObjectId(Oid Value) : SnmpValue
    {
        public override string ToString() => Value.ToString();
    }

    /// <summary>IpAddress, Counter32, Gauge32, TimeTicks, Counter64.</summary>
    /// <param name="Tag">0 to 6 of the application class.</param>
    public sealed record Unsigned(ulong Value, int Tag) : SnmpValue
    {
        public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>As in a question.</summary>
    public sealed record Null : SnmpValue
    {
        public override string ToString() => "nothing";
    }

    /// <summary>There is no such object or instance, or the walk is over: no value, whatever the error status says.</summary>
    /// <param name="Tag">0 noSuchObject, 1 noSuchInstance, 2 endOfMibView.</param>
    public sealed record Missing(int Tag) : SnmpValue
    {
        public override string ToString() => Tag switch { 0 => "no such object", 1 => "no such instance", _ => "end of the tree" };
    }

    /// <summary>Something in the place of a value that is none. Never nothing, never a number.</summary>
    public sealed record Unreadable : SnmpValue
    {
        public override string ToString() => "unreadable";
    }
}

/// <summary>A name and what it has.</summary>
public sealed record VarBind(Oid Name, SnmpValue Value)
{
    /// <summary>A question.</summary>
    public static VarBind Of(Oid name) => new(name, new SnmpValue.Null());
}
