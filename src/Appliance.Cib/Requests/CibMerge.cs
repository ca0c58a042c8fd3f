using System.Globalization;

namespace Appliance.Cib.Requests;

/// <summary>How a piece of XML that a request brings meets the document: as Pacemaker finds what it is about, changes it, replaces it or takes it away.</summary>
public static class CibMerge
{
    /// <summary>Finds the first element of that name and id at or below a place and gives it everything the update says.</summary>
    /// <param name="counts">Whether <c>name++</c> and <c>name+=N</c> count on: always in a file, where a client asks for it in a cluster.</param>
    /// <returns>False when there is none.</returns>
    public static bool Update(CibElement at, CibElement update, bool counts = true)
    {
        if (at.IsComment == update.IsComment && at.Name == update.Name && at.Id == update.Id)
        {
            Merge(at, update, counts);
            return true;
        }
        foreach (var child in at.Nodes)
            if (Update(child, update, counts)) return true;
        return false;
    }

    /// <summary>Puts the update in the place of the first element of that name (and of that id, if it has one) below a place.</summary>
    public static bool Replace(CibElement at, CibElement update)
    {
        if (Find(at, update, exact: false) is not { } old) return false;
        old.ReplaceWith(update.Clone());
        return true;
    }

    /// <summary>Takes away the first element below a place that has all attributes of the model.</summary>
    public static bool Delete(CibElement at, CibElement model)
    {
        if (Find(at, model, exact: true) is not { } old) return false;
        old.Remove();
        return true;
    }

    /// <summary>Adds a new element with everything in it; one that has no id is not added beside one of its name.</summary>
    /// <returns>False when it is there already.</returns>
    public static bool Create(CibElement parent, CibElement model)
    {
        if (Same(parent, model) is not null) return false;
        Fill(parent.Add(model.Name), model);
        return true;
    }

    /// <summary>Attributes, where <c>name++</c> and <c>name+=N</c> count on from the value that is there.</summary>
    public static void CopyAttributes(CibElement to, CibElement from)
    {
        foreach (var attribute in from.Attributes.ToArray()) to.Set(attribute.Name, Counted(attribute.Name, attribute.Value, to[attribute.Name]));
    }

    /// <summary>Everything that still counts on (<see cref="CopyAttributes"/>) counts from 0.</summary>
    public static void SettleCounters(CibElement root)
    {
        foreach (var attribute in root.Attributes.ToArray())
            if (attribute.Value.StartsWith(attribute.Name, StringComparison.Ordinal)) root.Set(attribute.Name, Counted(attribute.Name, attribute.Value, "0"));
        foreach (var child in root.Children) SettleCounters(child);
    }

    /// <summary>A value as an update gives it.</summary>
    /// <param name="old">What is there.</param>
    public static string Counted(string name, string value, string? old)
    {
        if (old is null || value.Length < name.Length + 2 || !value.StartsWith(name, StringComparison.Ordinal) || value[name.Length] != '+') return value;
        var offset = 1;
        if (value[name.Length + 1] == '=') Values.TryScore(value[(name.Length + 2)..], out offset);
        else if (value[name.Length + 1] != '+') return value;
        Values.TryScore(old, out var from);
        return Sum(from, offset).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Infinity stays infinity, and its negative is the stronger one.</summary>
    private static int Sum(int a, int b) =>
        a == -Values.Infinity || b == -Values.Infinity ? -Values.Infinity : a == Values.Infinity || b == Values.Infinity ? Values.Infinity : Math.Clamp(a + b, -Values.Infinity, Values.Infinity);

    private static void Merge(CibElement target, CibElement update, bool counts)
    {
        foreach (var attribute in update.Attributes) target.Set(attribute.Name, counts ? Counted(attribute.Name, attribute.Value, target[attribute.Name]) : attribute.Value);
        var children = new SiblingIndex(target, update.Nodes.Count);
        foreach (var child in update.Nodes)
        {
            if (child.IsComment)
            {
                if (!target.Nodes.Any(n => n.IsComment && Values.Same(n.Text, child.Text ?? ""))) target.Add(child.Clone());
                continue;
            }
            var found = child.Id is null && child["id-ref"] is { } reference ? target.Elements(child.Name).FirstOrDefault(e => e["id-ref"] == reference) : children.Find(child.Name, child.Id);
            Merge(found ?? children.Add(child.Name, child.Id), child, counts);
        }
    }

    private static CibElement? Same(CibElement parent, CibElement model) => parent.Elements(model.Name).FirstOrDefault(e => model.Id is null || e.Id == model.Id);

    /// <summary>Gives an element everything that the update says.</summary>
    private static void Fill(CibElement target, CibElement update)
    {
        // Children that are to be made anew.
        foreach (var name in (update["replace"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)) target.Element(name)?.Remove();
        CopyAttributes(target, update);
        target.Set("replace", null);
        var children = new SiblingIndex(target, update.Nodes.Count);
        foreach (var child in update.Nodes)
        {
            // Pacemaker 2.1.5 makes an element called "comment" out of a comment, which no schema allows.
            if (child.IsComment) target.Add(child.Clone());
            else Fill(children.Find(child.Name, child.Id) ?? children.Add(child.Name, child.Id), child);
        }
    }

    private static CibElement? Find(CibElement at, CibElement model, bool exact)
    {
        foreach (var child in at.Children)
        {
            if (Values.Same(child.Name, model.Name) && (model.Id is null || child.Id == model.Id) && (!exact || HasAll(child, model))) return child;
            if (Find(child, model, exact) is { } found) return found;
        }
        return null;
    }

    private static bool HasAll(CibElement element, CibElement model)
    {
        foreach (var attribute in model.Attributes)
            if (!Values.Same(element[attribute.Name], attribute.Value)) return false;
        return true;
    }
}
