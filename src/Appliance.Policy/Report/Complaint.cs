namespace Appliance.Policy.Report;

/// <summary>Something in a configuration that the cluster cannot take as it is written.</summary>
/// <param name="IsError">Errors and warnings both make a configuration invalid for crm_verify; they differ in how loud they are.</param>
/// <param name="Where">The stage Pacemaker 2.1.5 names in front of its line.</param>
/// <param name="Counts">False: said for people only, and the configuration stays valid.</param>
public sealed record Complaint(bool IsError, string Where, string Text, bool Counts = true)
{
    /// <summary>Louder than an error.</summary>
    public bool IsCritical { get; init; }

    /// <summary>Something a stage says on its way.</summary>
    public static Complaint Remark(string where, string text, bool isError = false) => new(isError, where, text, Counts: false);

    /// <summary>Without the stage.</summary>
    public string Line => $"{(IsCritical ? "crit" : IsError ? "error" : "warning")}: {Text}";

    /// <summary>As Pacemaker's tools write it to standard error.</summary>
    public override string ToString() => $"({Where}) \t{Line}";
}
