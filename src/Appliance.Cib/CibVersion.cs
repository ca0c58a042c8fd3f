using System.Globalization;

namespace Appliance.Cib;

/// <summary>How new a CIB is: the first number an administrator raises, the second every change of the configuration, the third every other change.</summary>
public readonly record struct CibVersion(int AdminEpoch, int Epoch, int Updates) : IComparable<CibVersion>
{
    /// <summary>The version a document says it has; a number that is missing, wrong or negative counts as 0.</summary>
    public static CibVersion Of(CibElement cib) => new(Number(cib["admin_epoch"]), Number(cib["epoch"]), Number(cib["num_updates"]));

    /// <summary>The version after a change of the configuration.</summary>
    public CibVersion NextEpoch() => new(AdminEpoch, Epoch + 1, 0);

    /// <summary>The version after a change of the status alone.</summary>
    public CibVersion NextUpdate() => this with { Updates = Updates + 1 };

    public void WriteTo(CibElement cib) => cib.Set("admin_epoch", Text(AdminEpoch)).Set("epoch", Text(Epoch)).Set("num_updates", Text(Updates));

    public int CompareTo(CibVersion other) =>
        AdminEpoch != other.AdminEpoch ? AdminEpoch.CompareTo(other.AdminEpoch) : Epoch != other.Epoch ? Epoch.CompareTo(other.Epoch) : Updates.CompareTo(other.Updates);
    public static bool operator <(CibVersion a, CibVersion b) => a.CompareTo(b) < 0;
    public static bool operator >(CibVersion a, CibVersion b) => a.CompareTo(b) > 0;
    public static bool operator <=(CibVersion a, CibVersion b) => a.CompareTo(b) <= 0;
    public static bool operator >=(CibVersion a, CibVersion b) => a.CompareTo(b) >= 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{AdminEpoch}.{Epoch}.{Updates}");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    private static int Number(string? text) => Values.TryInteger(text, out var value) && value is > 0 and <= int.MaxValue ? (int)value : 0;
}
