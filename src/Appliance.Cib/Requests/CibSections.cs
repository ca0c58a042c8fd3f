namespace Appliance.Cib.Requests;

/// <summary>The parts of a CIB that requests may be about.</summary>
public static class CibSections
{
    private static readonly string[] OfConfiguration =
        ["crm_config", "nodes", "resources", "constraints", "op_defaults", "rsc_defaults", "acls", "fencing-topology", "tags", "alerts"];

    /// <summary>The XPath of a section; null for a name that is none.</summary>
    public static string? PathOf(string? name) => name switch
    {
        null or "cib" or "all" => "//cib",
        "status" or "configuration" => "//cib/" + name,
        _ => Array.IndexOf(OfConfiguration, name) < 0 ? null : "//cib/configuration/" + name,
    };

    /// <summary>A section; null where it is not there. A name that is none means the whole document, as with Pacemaker.</summary>
    public static CibElement? Find(CibElement root, string? name)
    {
        if (PathOf(name) is null) return root;
        var cib = root.Name == "cib" ? root : root.Descendants("cib").FirstOrDefault();
        return name switch
        {
            null or "cib" or "all" => cib,
            "status" or "configuration" => cib?.Element(name),
            _ => cib?.Element("configuration")?.Element(name),
        };
    }

    /// <summary>A section, made where it is not there; null where there is no place for it.</summary>
    public static CibElement? FindOrAdd(CibElement root, string? name)
    {
        if (Find(root, name) is { } found) return found;
        var parent = name is "status" or "configuration" ? Find(root, "cib") : name is null or "cib" or "all" ? null : Find(root, "configuration");
        return parent?.Add(name!);
    }

    /// <summary>Whether a cluster knows a section of this name; null and "all" mean the whole document.</summary>
    public static bool IsKnown(string? name) => PathOf(name) is not null;

    /// <summary>A section as a cluster finds it (Pacemaker 3.0.2): null where it is not there, or several are, or no section is called so.</summary>
    public static CibElement? Only(CibElement document, string? name)
    {
        if (document.Name != "cib") return null;
        return name switch
        {
            null or "cib" or "all" => document,
            "status" or "configuration" => One(document, name),
            _ => IsKnown(name) && One(document, "configuration") is { } configuration ? One(configuration, name) : null,
        };
    }

    /// <summary>The element that a section is made in, in a cluster.</summary>
    public static CibElement? ParentOf(CibElement document, string name) => name switch
    {
        "status" or "configuration" => document,
        _ => IsKnown(name) ? One(document, "configuration") : null,
    };

    private static CibElement? One(CibElement parent, string name)
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
