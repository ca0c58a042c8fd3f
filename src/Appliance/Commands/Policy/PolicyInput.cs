using System.Text;
using Appliance.Cib;
using Appliance.Core.Diagnostics;

namespace Appliance.Commands.Policy;

/// <summary>A CIB as a tool gets it: read, brought to the latest schema, and checked. What is wrong is told as Pacemaker tells it, the places in our own words.</summary>
internal static class PolicyInput
{
    private const int DataError = 65, Invalid = 78;

    /// <summary>What a document that names no schema, or none, is answered with (Pacemaker 3.0.2).</summary>
    private const string Unchecked = "Schema validation of configuration is disabled (support for validate-with set to \"none\" is deprecated and will be removed in a future release)";

    /// <summary>A tool that runs by itself may allow more than the daemon: 1000 resources on 32 nodes are a tenth of this.</summary>
    private const int Most = 256 << 20;
    private static readonly ReadLimits Limits = new(Characters: Most, Elements: 8_000_000);

    /// <summary>A file's text; one that is called .bz2 is unpacked.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string Text(string file)
    {
        if (!file.EndsWith(".bz2", StringComparison.Ordinal)) return File.ReadAllText(file);
        return Bzip2.TryDecode(File.ReadAllBytes(file), Most, out var bytes) ? Encoding.UTF8.GetString(bytes) : throw new IOException("Invalid data given");
    }

    /// <summary>The document to work with; null when it cannot be used, and then the exit status.</summary>
    /// <param name="name">What messages call it.</param>
    public static CibElement? Read(string text, string name, TextWriter errors, out int status)
    {
        status = 0;
        if (!CibElement.TryParse(text, name, out var cib, out var fault, Limits))
        {
            errors.Write(fault + "\n");
            status = DataError;
            return null;
        }
        return Read(cib!, name, errors, out status);
    }

    /// <summary>The document to work with, of one that is XML; null when it cannot be used, and then the exit status.</summary>
    public static CibElement? Read(CibElement cib, string name, TextWriter errors, out int status)
    {
        status = 0;
        if (cib.Name != "cib")
        {
            errors.Write($"{name}: the first element is <{cib.Name}>, and a configuration is in <cib>\n");
            status = Invalid;
            return null;
        }
        if (cib.Element("status") is null) cib.Add("status");
        var claimed = cib["validate-with"];
        if (claimed is null or SchemaVersion.None)
        {
            errors.Write(Unchecked + "\n");
            return cib;
        }
        var latest = SchemaUpgrade.ToLatest(cib, name, out var problems);
        if (latest is not null) problems.AddRange(CibValidator.Check(latest, name));
        // Two nodes of one name, and constraints about what is no resource, are valid by the schema: the engine sees to them.
        problems.RemoveAll(static p => p.Severity != Severity.Error || p.Message.StartsWith("two nodes are called ", StringComparison.Ordinal) || p.Message.Contains(" is about ", StringComparison.Ordinal));
        if (latest is not null && problems.Count == 0) return latest;
        foreach (var problem in problems) errors.Write(problem + "\n");
        if (!SchemaVersion.TryParse(claimed, out var version) || version < SchemaVersion.Latest)
            errors.Write($"Cannot upgrade configuration (claiming {claimed} schema) to at least {SchemaVersion.Latest} because it does not validate with any schema from {(latest is null ? "unknown" : claimed)} to the latest\n");
        status = Invalid;
        return null;
    }
}
