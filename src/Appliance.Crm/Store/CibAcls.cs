using Appliance.Cib;
using CibSections = Appliance.Cib.Requests.CibSections;

namespace Appliance.Crm.Store;

/// <summary>What one user may see and change: the permissions of the roles that the document gives the user and the user's groups.</summary>
/// <remarks>
/// As Pacemaker 3.0.2 (lib/common/acl.c) has it: a permission holds for the elements that its XPath selects (for an attribute's: the element that has it) and for what is below
/// them, until another holds there; "deny" is stronger than any other on the same element, and "read" takes nothing away that is given further up. Changes are judged by
/// what is different afterwards (<see cref="CibDiff"/>), what an element may be changed to by the permissions before: a change cannot make itself allowed.
/// </remarks>
public sealed class CibAcls
{
    [Flags]
    private enum Mode { None = 0, Read = 1, Write = 2, Deny = 4 }

    private readonly record struct Permission(Mode Mode, CibPath? Path);

    private readonly List<Permission> _permissions;

    private CibAcls(List<Permission> permissions) => _permissions = permissions;

    /// <summary>What the document says about a user; null: no limits, because access control is off or the user is exempt.</summary>
    public static CibAcls? Of(CibElement document, string? user, IReadOnlyList<string> groups, CibTime now)
    {
        if (string.IsNullOrEmpty(user) || user is "root" or "hacluster" || !IsEnabled(document, now)) return null;
        var permissions = new List<Permission>();
        if (CibSections.Only(document, "acls") is { } acls)
            foreach (var holder in acls.Children)
                if ((holder["name"] ?? holder.Id) is { } name && (holder.Name == "acl_target" && name == user || holder.Name == "acl_group" && groups.Contains(name)))
                    AddHolder(acls, holder, permissions);
        return new(permissions);
    }

    /// <summary>Whether the cluster option <c>enable-acl</c> is on.</summary>
    public static bool IsEnabled(CibElement document, CibTime now)
    {
        if (CibSections.Only(document, "crm_config") is not { } options) return false;
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        NvSets.Unpack(options, "cluster_property_set", "cib-bootstrap-options", new RuleInput(now), values);
        return Values.TryBoolean(values.GetValueOrDefault("enable-acl"), out var on) && on;
    }

    /// <summary>A copy of the document with what may be read; what is only on the way to that keeps its id alone. Null when nothing may be read.</summary>
    public CibElement? Filter(CibElement document)
    {
        if (_permissions.Count == 0) return null;
        var copy = document.Clone();
        var modes = ModesOf(copy);
        // What is denied goes first: below an element that may be read, all else is shown.
        foreach (var permission in _permissions)
        {
            if (permission.Mode != Mode.Deny) continue;
            foreach (var element in Selected(permission.Path, copy))
                if (!Purge(element, modes) && element == copy) return null;
        }
        return Purge(copy, modes) ? copy : null;
    }

    /// <summary>Why the changes are not allowed; null when they are.</summary>
    /// <param name="changes">All that is different between the two documents.</param>
    public string? Objection(CibElement before, CibElement after, IReadOnlyList<CibChange> changes)
    {
        if (changes.Count == 0) return null;
        // Pacemaker 3.0.2 would let such a user create empty frames; 2.1.5 does not.
        if (_permissions.Count == 0) return "there is no ACL for this user";
        var (old, now, was) = (ModesOf(before), ModesOf(after), ByPath(before));
        foreach (var change in changes)
            switch (change)
            {
                case CibChange.Created created when CreationDenied(created.Element, now) is { } element:
                    return Denied("create", CibDiff.PathOf(element));
                case CibChange.Deleted deleted when !MayWrite(deleted.Element, old):
                    return Denied("delete", deleted.Path);
                // Pacemaker lets anybody do that; but the order of a group's members is the order in which they start. Who may delete and create the element may move it.
                case CibChange.Moved moved when !MayWrite(moved.Element, now):
                    return Denied("move", moved.Path);
                case CibChange.Modified modified:
                    if (!was.TryGetValue(modified.Path, out var before1) || !MayWrite(before1, old) || IsDenied(modified.Element, now)) return Denied("modify", modified.Path);
                    break;
            }
        return null;
    }

    private static string Denied(string what, string path) => $"ACLs do not allow to {what} {path}";

    private static void AddHolder(CibElement acls, CibElement holder, List<Permission> permissions)
    {
        foreach (var child in holder.Children)
            switch (child.Name)
            {
                case "role" when child.Id is { } id && acls.Root.Descendants("acl_role").FirstOrDefault(r => r.Id == id) is { } role:
                    foreach (var permission in role.Elements("acl_permission")) AddPermission(permission, permissions);
                    break;
                case "acl_permission":
                    AddPermission(child, permissions);
                    break;
            }
    }

    private static void AddPermission(CibElement permission, List<Permission> permissions)
    {
        var mode = permission["kind"] switch { "read" => Mode.Read, "write" => Mode.Write, "deny" => Mode.Deny, _ => Mode.None };
        var (type, reference, path, attribute) = (permission["object-type"], permission["reference"], permission["xpath"], permission["attribute"]);
        if (mode == Mode.None || type is null && reference is null && path is null) return;
        // What is no name would say something else in the path, which Pacemaker lets it: here it gives nothing.
        if (path is null && IsName(type ?? "any") && IsName(attribute ?? "any"))
            path = "//" + (type ?? "*") + (reference is null ? "" : $"[@id={CibPath.Literal(reference)}]") + (attribute is null ? "" : $"[@{attribute}]");
        // One that does not read gives nothing; that it is there makes the user one with permissions.
        permissions.Add(new(mode, path is not null && CibPath.TryParse(path, out var parsed, out _) ? parsed : null));
    }

    private static bool IsName(string word)
    {
        if (word == "*") return true;
        foreach (var letter in word)
            if (!char.IsLetterOrDigit(letter) && letter is not ('_' or '-' or '.')) return false;
        return word.Length > 0 && !char.IsDigit(word[0]) && word[0] is not ('-' or '.');
    }

    private Dictionary<CibElement, Mode> ModesOf(CibElement document)
    {
        var modes = new Dictionary<CibElement, Mode>();
        foreach (var permission in _permissions)
            foreach (var element in Selected(permission.Path, document))
                modes[element] = modes.GetValueOrDefault(element) | permission.Mode;
        return modes;
    }

    private static List<CibElement> Selected(CibPath? path, CibElement document) => path?.Select(document, out _) ?? [];

    private static bool MayWrite(CibElement element, Dictionary<CibElement, Mode> modes)
    {
        for (var at = element; at is not null; at = at.Parent)
        {
            if (!modes.TryGetValue(at, out var mode)) continue;
            if ((mode & Mode.Deny) != 0) return false;
            if ((mode & Mode.Write) != 0) return true;
        }
        return false;
    }

    /// <summary>Whether the first thing said on the way up, but for reading, is a denial.</summary>
    private static bool IsDenied(CibElement element, Dictionary<CibElement, Mode> modes)
    {
        for (var at = element; at is not null; at = at.Parent)
        {
            if (!modes.TryGetValue(at, out var mode)) continue;
            if ((mode & Mode.Deny) != 0) return true;
            if ((mode & Mode.Write) != 0) return false;
        }
        return false;
    }

    /// <summary>The first element that must not be created. One with nothing but an id is only a frame for others and is allowed, but among the ACLs themselves.</summary>
    private static CibElement? CreationDenied(CibElement element, Dictionary<CibElement, Mode> modes)
    {
        if (element.IsComment) return null;
        if (!IsFrame(element) && !MayWrite(element, modes)) return element;
        foreach (var child in element.Children)
            if (CreationDenied(child, modes) is { } denied) return denied;
        return null;
    }

    private static bool IsFrame(CibElement element)
    {
        foreach (var attribute in element.Attributes)
            if (attribute.Name != "id") return false;
        for (var at = element.Parent; at is not null; at = at.Parent)
            if (at.Name == "acls") return false;
        return true;
    }

    /// <summary>Takes out what may not be read; false when nothing is left, and then the element is gone too (but for a root).</summary>
    private static bool Purge(CibElement element, Dictionary<CibElement, Mode> modes)
    {
        var mode = modes.GetValueOrDefault(element);
        if ((mode & Mode.Deny) == 0 && mode != Mode.None) return true;
        foreach (var attribute in element.Attributes.ToArray())
            if (attribute.Name != "id") element.Set(attribute.Name, null);
        var readable = false;
        foreach (var child in element.Nodes.ToArray())
        {
            if (child.IsComment) child.Remove();
            else readable |= Purge(child, modes);
        }
        if (!readable) element.Remove();
        return readable;
    }

    /// <summary>Every element by the path that changes name it with; of several with one path the first.</summary>
    private static Dictionary<string, CibElement> ByPath(CibElement document)
    {
        var all = new Dictionary<string, CibElement>(StringComparer.Ordinal) { [CibDiff.PathOf(document)] = document };
        foreach (var element in document.Descendants()) all.TryAdd(CibDiff.PathOf(element), element);
        return all;
    }
}
