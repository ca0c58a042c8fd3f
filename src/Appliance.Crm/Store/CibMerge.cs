using System.Globalization;
using Appliance.Cib;

namespace Appliance.Crm.Store;

/// <summary>How what a request brings is put into the document: the element it means is the first one that fits, in document order.</summary>
internal static class CibMerge
{
    /// <summary>Updates the first element, this one or below it, that has the name and the id (or neither has an id).</summary>
    /// <param name="score">Values like <c>name++</c> are calculated.</param>
    public static bool Update(CibElement element, CibElement update, bool score)
    {
        if (First(element, e => e.Name == update.Name && e.Id == update.Id, itself: true) is not { } target) return false;
        Merge(target, update, score);
        return true;
    }

    /// <summary>Puts a copy in the place of the first element below this one that has the name, and the id if there is one.</summary>
    public static bool Replace(CibElement element, CibElement by)
    {
        if (First(element, e => e.Name == by.Name && (by.Id is null || e.Id == by.Id), itself: false) is not { } target) return false;
        target.ReplaceWith(by.Clone());
        return true;
    }

    /// <summary>Deletes the first element below this one that has the name and all the attributes.</summary>
    public static void Delete(CibElement element, CibElement like)
    {
        First(element, e => e.Name == like.Name && HasAll(e, like), itself: false)?.Remove();
    }

    /// <summary>A value as an update gives it: <c>name++</c> and <c>name+=5</c> add to what is there.</summary>
    public static string Calculated(string name, string value, string? before)
    {
        if (before is null || !value.StartsWith(name, StringComparison.Ordinal) || value.Length < name.Length + 2) return value;
        var rest = value.AsSpan(name.Length);
        if (rest[0] != '+' || rest[1] is not ('+' or '=')) return value;
        var add = 1;
        if (rest[1] == '=') Values.TryScore(rest[2..].ToString(), out add);
        Values.TryScore(before, out var old);
        return Sum(old, add).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Infinity stays infinity, and its negative is the stronger one.</summary>
    private static int Sum(int a, int b) =>
        a == -Values.Infinity || b == -Values.Infinity ? -Values.Infinity : a == Values.Infinity || b == Values.Infinity ? Values.Infinity : Math.Clamp(a + b, -Values.Infinity, Values.Infinity);

    private static void Merge(CibElement target, CibElement update, bool score)
    {
        foreach (var attribute in update.Attributes)
            target.Set(attribute.Name, score ? Calculated(attribute.Name, attribute.Value, target[attribute.Name]) : attribute.Value);
        foreach (var node in update.Nodes)
        {
            if (node.IsComment)
            {
                if (!target.Nodes.Any(n => n.IsComment && Values.Same(n.Text ?? "", node.Text ?? ""))) target.Add(node.Clone());
                continue;
            }
            var child = target.Elements(node.Name).FirstOrDefault(e => node.Id is { } id ? e.Id == id : node["id-ref"] is not { } reference || e["id-ref"] == reference);
            Merge(child ?? target.Add(node.Name), node, score);
        }
    }

    private static CibElement? First(CibElement element, Predicate<CibElement> fits, bool itself)
    {
        if (itself && fits(element)) return element;
        foreach (var each in element.Descendants())
            if (fits(each)) return each;
        return null;
    }

    private static bool HasAll(CibElement element, CibElement like)
    {
        foreach (var attribute in like.Attributes)
            if (!Values.Same(element[attribute.Name], attribute.Value)) return false;
        return true;
    }
}
