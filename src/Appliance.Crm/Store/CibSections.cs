using Appliance.Cib;

namespace Appliance.Crm.Store;

/// <summary>The sections of a document that requests name.</summary>
public static class CibSections
{
    private static readonly string[] OfConfiguration =
        ["crm_config", "nodes", "resources", "constraints", "op_defaults", "rsc_defaults", "acls", "fencing-topology", "tags", "alerts"];

    /// <summary>Whether a request may say so. Null and "all" mean the whole document.</summary>
    public static bool IsKnown(string? section) => section is null or "cib" or "all" or "status" or "configuration" || OfConfiguration.Contains(section);

    /// <summary>The section's element; null when there is none, or several, or no section is called so.</summary>
    public static CibElement? Find(CibElement document, string? section)
    {
        if (document.Name != "cib") return null;
        return section switch
        {
            null or "cib" or "all" => document,
            "status" or "configuration" => Only(document, section),
            _ => IsKnown(section) && Only(document, "configuration") is { } configuration ? Only(configuration, section) : null,
        };
    }

    /// <summary>The element a section is created in.</summary>
    public static CibElement? ParentOf(CibElement document, string section) => section switch
    {
        "status" or "configuration" => document,
        _ => OfConfiguration.Contains(section) ? Only(document, "configuration") : null,
    };

    private static CibElement? Only(CibElement parent, string name)
    {
        CibElement? found = null;
        foreach (var child in parent.Elements(name))
        {
            if (found is not null) return null;
            found = child;
        }
        return found;
    }
}
