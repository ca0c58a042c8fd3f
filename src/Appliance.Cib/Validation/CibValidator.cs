using Appliance.Core;
using Appliance.Core.Diagnostics;

namespace Appliance.Cib;

/// <summary>Checks a configuration: every element and attribute known, in place and of the right form, every id unique, every reference to something that exists.</summary>
/// <remarks>
/// The document must be of the latest schema (<see cref="SchemaUpgrade"/>). The status section is not looked into: it is written by the cluster itself and
/// has no schema. Each problem is said once, at the place where it is; what is below an unknown element is not looked at.
/// </remarks>
public static class CibValidator
{
    /// <summary>All problems, in the order of the document; an error means that the document cannot be used.</summary>
    public static List<Diagnostic> Check(CibElement cib, string file)
    {
        var check = new ValidationRun(file);
        if (cib.Name != "cib")
        {
            check.Error(cib, $"the root element is <{cib.Name}>", "a configuration is in <cib>");
            return check.Problems;
        }
        var walk = new Stack<CibElement>();
        walk.Push(cib);
        while (walk.TryPop(out var element))
        {
            if (element.Name == "status" && element.Parent == cib) continue;
            Element(element, check);
            ElementRules.Check(element, check);
            for (var i = element.Children.Count - 1; i >= 0; i--)
                if (CibSchema.Of(element.Name)?.Child(element.Children[i].Name) is not null) walk.Push(element.Children[i]);
        }
        check.References();
        References.Check(cib, check);
        check.Problems.Sort((a, b) => a.Line != b.Line ? a.Line.CompareTo(b.Line) : a.Column.CompareTo(b.Column));
        return check.Problems;
    }

    private static void Element(CibElement element, ValidationRun check)
    {
        var rule = CibSchema.Of(element.Name)!;
        if (element.Text is not null) check.Error(element, $"{ValidationRun.Name(element)} has text in it: \"{Short(element.Text.Trim())}\"", "everything a configuration says stands in attributes");
        if (rule.MayRefer && element["id-ref"] is { } reference)
        {
            check.Refer(element, "id-ref", reference);
            var extra = element.Attributes.Length > 1 || element.Children.Count > 0;
            if (extra && element.Name != "operations") check.Error(element, $"<{element.Name}> refers to {reference} and says something itself as well", "either id-ref, or id and content");
            return;
        }
        foreach (var attribute in element.Attributes)
        {
            if (rule.Attribute(attribute.Name) is { } known) Value(element, known, attribute.Value, check);
            else check.Error(element, $"{ValidationRun.Name(element)} has an unknown attribute {attribute.Name}", Suggest(attribute.Name, Array.ConvertAll(rule.Attributes, a => a.Name)));
        }
        foreach (var attribute in rule.Attributes)
            if (attribute.Required && element[attribute.Name] is null) check.Error(element, $"{ValidationRun.Name(element)} has no {attribute.Name}");
        Children(element, rule, check);
    }

    private static void Children(CibElement element, ElementRule rule, ValidationRun check)
    {
        foreach (var child in element.Children)
            if (rule.Child(child.Name) is null)
                check.Error(child, $"<{child.Name}> cannot stand in {ValidationRun.Name(element)}", CibSchema.Of(child.Name) is null ? Suggest(child.Name, Array.ConvertAll(rule.Children, c => c.Name)) : "");
        foreach (var child in rule.Children)
        {
            if (child is { Least: 0, Most: int.MaxValue }) continue;
            var count = 0;
            foreach (var each in element.Children)
            {
                if (each.Name != child.Name) continue;
                if (++count == child.Most + 1L) check.Error(each, $"{ValidationRun.Name(element)} has more than one <{child.Name}>");
            }
            if (count < child.Least) check.Error(element, $"{ValidationRun.Name(element)} has no <{child.Name}>");
        }
    }

    private static void Value(CibElement element, AttributeRule rule, string value, ValidationRun check)
    {
        var expected = rule.Kind switch
        {
            ValueKind.Id when !IsId(value) => "a letter or _ first, then letters, digits and . - _",
            ValueKind.Boolean when value.Trim() is not ("true" or "false" or "1" or "0") => "true or false",
            ValueKind.Integer when !Values.TryWholeInteger(value.TrimEnd(), out _) => "a number",
            ValueKind.Count when !Values.TryWholeInteger(value.TrimEnd(), out var count) || count < 0 => "a number, 0 or more",
            ValueKind.Level when !Values.TryWholeInteger(value.TrimEnd(), out var level) || level is < 1 or > 9 => "a number from 1 to 9",
            ValueKind.Score when value is not ("INFINITY" or "+INFINITY" or "-INFINITY") && !Values.TryWholeInteger(value.TrimEnd(), out _) => "a number, INFINITY or -INFINITY",
            ValueKind.Word when !rule.Words.Contains(value) => string.Join(", ", rule.Words),
            ValueKind.Devices when !IsDevices(value) => "ids of fencing resources, separated by commas",
            _ => null,
        };
        if (expected is not null)
        {
            check.Error(element, $"{ValidationRun.Name(element)}: {rule.Name}=\"{Short(value)}\" is not valid", expected);
            return;
        }
        if (rule.Kind == ValueKind.Id) check.Define(element, value);
        if (rule.Kind == ValueKind.Reference) check.Refer(element, rule.Name, value);
    }

    /// <summary>An XML name without a colon.</summary>
    private static bool IsId(string value)
    {
        if (value.Length == 0 || !(char.IsLetter(value[0]) || value[0] == '_')) return false;
        foreach (var c in value)
            if (!char.IsLetterOrDigit(c) && c is not ('.' or '-' or '_' or '\u00B7') && !char.IsSurrogate(c) && char.GetUnicodeCategory(c) is not (System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark)) return false;
        return true;
    }

    private static bool IsDevices(string value)
    {
        foreach (var device in value.Split(','))
        {
            if (device.Length == 0) return false;
            foreach (var c in device)
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_')) return false;
        }
        return true;
    }

    private static string Suggest(string word, IEnumerable<string> known) => Nearest.Of(word, known) is { } near ? $"did you mean {near}?" : "";
    private static string Short(string text) => text.Length > 40 ? text[..37] + "..." : text;
}

/// <summary>What one run has found so far.</summary>
internal sealed class ValidationRun(string file)
{
    private readonly Dictionary<string, CibElement> _defined = new(StringComparer.Ordinal);
    private readonly List<(CibElement Element, string Attribute, string Id)> _references = [];

    public List<Diagnostic> Problems { get; } = [];

    /// <summary>The element as a reader of the document knows it.</summary>
    public static string Name(CibElement element) => element.Id is { } id ? $"{element.Name} {id}" : $"<{element.Name}>";

    public void Error(CibElement at, string message, string remedy = "") => Problems.Add(new(Severity.Error, file, at.Line, at.Column, message, remedy));
    public void Warning(CibElement at, string message, string remedy = "") => Problems.Add(new(Severity.Warning, file, at.Line, at.Column, message, remedy));

    public CibElement? Find(string id) => _defined.GetValueOrDefault(id);

    public void Define(CibElement element, string id)
    {
        if (!_defined.TryAdd(id, element)) Error(element, $"the id {id} is used twice: <{_defined[id].Name}> of line {_defined[id].Line} has it", "an id names one element");
    }

    public void Refer(CibElement element, string attribute, string id) => _references.Add((element, attribute, id));

    /// <summary>Once everything has been seen: references to nothing.</summary>
    public void References()
    {
        foreach (var (element, attribute, id) in _references)
        {
            if (_defined.TryGetValue(id, out var target))
            {
                if (attribute == "id-ref" && target.Name != element.Name) Error(element, $"<{element.Name}> refers to {id}, which is a <{target.Name}>", $"id-ref names another <{element.Name}>");
                continue;
            }
            var near = id.Length < 2 ? null : Nearest.Of(id, _defined.Keys.Where(k => k.Length is > 1 and < 64));
            Error(element, $"{(attribute == "id" ? $"<{element.Name}> of {Name(element.Parent!)}" : Name(element))} refers to {id} ({attribute}), which does not exist", near is null ? "" : $"did you mean {near}?");
        }
    }
}
