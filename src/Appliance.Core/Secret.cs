namespace Appliance.Core;

/// <summary>Bytes nobody may see: keys, passwords, stonith parameters. Prints as <c>***</c> everywhere.</summary>
public sealed class Secret(byte[] value)
{
    /// <summary>The bytes themselves, for the one place that signs or logs in with them.</summary>
    public ReadOnlySpan<byte> Reveal() => value;

    public bool IsEmpty => value.Length == 0;

    public bool SameAs(Secret other) => Reveal().SequenceEqual(other.Reveal());

    public static Secret Of(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));

    public override string ToString() => "***";
}
