using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Stonith.Devices.Snmp;

namespace Appliance.Stonith.Devices.Outlets;

/// <summary>Numbers that name one outlet: by letter, as <c>u</c> unit, <c>f</c> feed, <c>o</c> outlet, <c>m</c> module, <c>p</c> port.</summary>
public sealed record OutletIndex(ImmutableSortedDictionary<char, uint> Numbers)
{
    public static readonly OutletIndex None = new(ImmutableSortedDictionary<char, uint>.Empty);

    public bool Equals(OutletIndex? other) => other is not null && Numbers.SequenceEqual(other.Numbers);

    public override int GetHashCode() => Numbers.Count;
}

/// <summary>A piece of a template: plain text, or a letter in braces with a number to add: <c>{o}</c>, <c>{o+1}</c>, <c>{m-21}</c>.</summary>
internal readonly record struct TemplatePart(string Text, char Letter, int Add)
{
    public bool IsLetter => Letter != '\0';

    public static ImmutableArray<TemplatePart>? Split(string template)
    {
        var parts = ImmutableArray.CreateBuilder<TemplatePart>();
        var rest = template;
        while (rest.Length > 0)
        {
            var open = rest.IndexOf('{', StringComparison.Ordinal);
            if (open != 0) parts.Add(new(open < 0 ? rest : rest[..open], '\0', 0));
            if (open < 0) break;
            var close = rest.IndexOf('}', open);
            if (close < open + 2) return null;
            var (letter, sum) = (rest[open + 1], rest[(open + 2)..close]);
            var add = 0;
            if (!char.IsAsciiLetterLower(letter) || (sum.Length > 0 && !int.TryParse(sum, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out add))) return null;
            parts.Add(new("", letter, add));
            rest = rest[(close + 1)..];
        }
        return parts.ToImmutable();
    }
}

/// <summary>An object identifier with places for the numbers of an outlet.</summary>
public sealed class OidTemplate
{
    private readonly ImmutableArray<(uint Number, char Letter, int Add)> _parts;

    private OidTemplate(ImmutableArray<(uint, char, int)> parts) => _parts = parts;

    /// <summary><c>null</c> when it is none.</summary>
    public static OidTemplate? Parse(string text)
    {
        var parts = ImmutableArray.CreateBuilder<(uint, char, int)>();
        foreach (var word in text.Split('.'))
        {
            if (uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) parts.Add((number, '\0', 0));
            else if (TemplatePart.Split(word) is [{ IsLetter: true } part]) parts.Add((0, part.Letter, part.Add));
            else return null;
        }
        if (parts.Count < 3 || parts[0].Item2 != '\0' || parts[1].Item2 != '\0' || Oid.TryParse($"{parts[0].Item1}.{parts[1].Item1}") is null) return null;
        return new(parts.ToImmutable());
    }

    /// <summary>The letters in their order.</summary>
    public ImmutableArray<char> Letters => [.. Array.FindAll(Array.ConvertAll([.. _parts], p => p.Letter), l => l != '\0')];

    /// <summary>What stands before the first letter: the column that is walked.</summary>
    public Oid Column
    {
        get
        {
            var numbers = new List<uint>();
            foreach (var part in _parts)
            {
                if (part.Letter != '\0') break;
                numbers.Add(part.Number);
            }
            return Oid.Parse(string.Join('.', numbers));
        }
    }

    public Oid Of(OutletIndex index)
    {
        var text = new List<uint>();
        foreach (var (number, letter, add) in _parts) text.Add(letter == '\0' ? number : (uint)(index.Numbers.GetValueOrDefault(letter) + add));
        return Oid.Parse(string.Join('.', text));
    }

    /// <summary>The outlet that an object is about; <c>null</c> when it is not of this template.</summary>
    public OutletIndex? Read(Oid oid)
    {
        if (oid.Length != _parts.Length) return null;
        var numbers = ImmutableSortedDictionary.CreateBuilder<char, uint>();
        for (var i = 0; i < _parts.Length; i++)
        {
            var (number, letter, add) = _parts[i];
            if (letter == '\0')
            {
                if (oid.Parts[i] != number) return null;
            }
            else
            {
                if (oid.Parts[i] < add) return null;
                numbers[letter] = (uint)(oid.Parts[i] - add);
            }
        }
        return new(numbers.ToImmutable());
    }
}

/// <summary>How an outlet is written: <c>{o}</c>, <c>{u}.{f}.{o}</c>, <c>fc{m-21}/{p+1}</c>.</summary>
public sealed class PlugForm
{
    private readonly ImmutableArray<TemplatePart> _parts;

    private PlugForm(ImmutableArray<TemplatePart> parts) => _parts = parts;

    public static PlugForm? Parse(string text) => TemplatePart.Split(text) is { Length: > 0 } parts ? new(parts) : null;

    /// <summary>Number after number, with dots.</summary>
    public static PlugForm Of(ImmutableArray<char> letters) => Parse(string.Join('.', Array.ConvertAll([.. letters], l => $"{{{l}}}")))!;

    public ImmutableArray<char> Letters => [.. Array.FindAll(Array.ConvertAll([.. _parts], p => p.Letter), l => l != '\0')];

    public string Write(OutletIndex index)
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            if (part.IsLetter) text.Append(CultureInfo.InvariantCulture, $"{index.Numbers.GetValueOrDefault(part.Letter) + part.Add}");
            else text.Append(part.Text);
        }
        return text.ToString();
    }

    /// <summary>The numbers in a plug as an administrator writes it; a colon may stand for a dot. <c>null</c>: it is a name.</summary>
    public OutletIndex? Read(string plug)
    {
        var numbers = ImmutableSortedDictionary.CreateBuilder<char, uint>();
        var rest = plug.AsSpan();
        foreach (var part in _parts)
        {
            if (!part.IsLetter)
            {
                var same = rest.StartsWith(part.Text, StringComparison.OrdinalIgnoreCase) || (part.Text == "." && rest is [':', ..]);
                if (!same) return null;
                rest = rest[part.Text.Length..];
                continue;
            }
            var end = rest.IndexOfAnyExceptInRange('0', '9');
            var digits = end < 0 ? rest : rest[..end];
            if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number - part.Add is < 0 or > uint.MaxValue) return null;
            numbers[part.Letter] = (uint)(number - part.Add);
            rest = rest[digits.Length..];
        }
        return rest.IsEmpty ? new(numbers.ToImmutable()) : null;
    }
}
