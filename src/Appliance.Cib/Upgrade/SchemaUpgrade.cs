using Appliance.Core.Diagnostics;

namespace Appliance.Cib;

/// <summary>Brings a document of an older schema to the latest one, and says what that changed.</summary>
/// <remarks>
/// What each step means is what Pacemaker's own transformations mean (xml/upgrade-*.xsl of 3.0.2), the ids they make up included: patches and ACLs name
/// elements by their ids, and a mixed cluster must agree on them.
/// </remarks>
public static class SchemaUpgrade
{
    /// <summary>Upgrades a copy; the document itself stays as it is.</summary>
    /// <param name="file">What messages call the document.</param>
    /// <param name="messages">What changed, was dropped, or stands in the way (an error).</param>
    /// <returns>The upgraded copy; null when the document names no schema that is known. One that names "none" is returned unchanged.</returns>
    public static CibElement? ToLatest(CibElement cib, string file, out List<Diagnostic> messages) => To(SchemaVersion.Latest, cib, file, out messages);

    /// <summary>As <see cref="ToLatest"/>, up to a version that begins a major one.</summary>
    public static CibElement? To(SchemaVersion target, CibElement cib, string file, out List<Diagnostic> messages)
    {
        var notes = new UpgradeNotes(file);
        messages = notes.All;
        var name = cib["validate-with"];
        if (name == SchemaVersion.None) return cib.Clone();
        if (!SchemaVersion.TryParse(name, out var version))
        {
            notes.Add(Severity.Error, cib, name is null ? "the document names no schema" : $"the schema '{name}' is not known",
                $"validate-with=\"pacemaker-1.0\" to \"{SchemaVersion.Latest}\"");
            return null;
        }
        var copy = cib.Clone();
        if (version.Major < 2 && target.Major >= 2) UpgradeTo2.Apply(copy, notes);
        if (version.Major < 3 && target.Major >= 3) UpgradeTo3.Apply(copy, notes);
        if (version.Major < 4 && target.Major >= 4) UpgradeTo4.Apply(copy, notes);
        if (version < target) copy.Set("validate-with", target.ToString());
        return copy;
    }
}

/// <summary>Gathers what an upgrade has to say, each sentence with the place of the element it is about.</summary>
internal sealed class UpgradeNotes(string file)
{
    public List<Diagnostic> All { get; } = [];

    public void Add(Severity severity, CibElement about, string message, string remedy = "") =>
        All.Add(new(severity, file, about.Line, about.Line == 0 ? 0 : about.Column, message, remedy));

    public void Info(CibElement about, string message, string remedy = "") => Add(Severity.Info, about, message, remedy);
    public void Warn(CibElement about, string message, string remedy = "") => Add(Severity.Warning, about, message, remedy);
}
