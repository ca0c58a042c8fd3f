using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using Appliance.Core.Diagnostics;

namespace Appliance.Cib;

/// <summary>Reads a document: well-formed XML 1.0 without a document type, into elements.</summary>
/// <remarks>
/// One pass, without recursion. There is no entity but the five of XML itself and numeric references, and each stands for one character: nothing can grow, and
/// nothing outside the text is ever looked at. The first problem ends the reading; nothing is guessed.
/// </remarks>
internal ref struct CibReader
{
    private const int SmallestCache = 64, LargestCache = 2048;
    private const int CachedLength = 40;

    private static readonly SearchValues<char> Controls = SearchValues.Create(
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\v\f\u000E\u000F\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F");
    private static readonly SearchValues<char> EndOfDoubleQuoted = StopsOf('"');
    private static readonly SearchValues<char> EndOfSingleQuoted = StopsOf('\'');

    private readonly string _text;
    private readonly ReadLimits _limits;
    private readonly string?[] _cache;      // a word comes again some hundred characters later, if it does
    private CibAttribute[] _attributes = new CibAttribute[16];
    private int _attributeCount;
    private int _at;
    private int _line = 1;
    private int _lineStart;     // index of the first character of the line
    private int _elements;
    private string? _message;
    private string _remedy = "";
    private int _problemAt;

    public CibReader(string text, ReadLimits limits) => (_text, _limits, _cache) = (text, limits, new string?[Math.Clamp((int)BitOperations.RoundUpToPowerOf2((uint)text.Length / 16), SmallestCache, LargestCache)]);

    public static Diagnostic TooLong(string file, ReadLimits limits) =>
        new(Severity.Error, file, 0, 0, $"the document is longer than {limits.Characters} characters", "nothing of it was read");

    /// <summary>What ended the reading.</summary>
    public readonly Diagnostic Problem(string file)
    {
        var (line, start) = (1, 0);
        if (_problemAt >= 0)
            for (int next; (next = _text.AsSpan(start, _problemAt - start).IndexOf('\n')) >= 0; start += next + 1) line++;
        return _problemAt < 0 ? TooLong(file, _limits) : new(Severity.Error, file, line, _problemAt - start + 1, _message!, _remedy);
    }

    /// <summary>The root element, or null: see <see cref="Problem"/>.</summary>
    public CibElement? Read()
    {
        if (_text.Length > _limits.Characters)
        {
            _problemAt = -1;
            return null;
        }
        if (_text.StartsWith('\uFEFF')) _at = _lineStart = 1;
        if (!CheckCharacters()) return null;

        CibElement? root = null, open = null;
        var depth = 0;
        if (AtWord("<?xml") && _at + 5 < _text.Length && IsSpace(_text[_at + 5]) && !Declaration()) return null;
        while (true)
        {
            if (!CharacterData(open)) return null;
            if (_at >= _text.Length) break;
            if (_at + 1 >= _text.Length) return Fail(_at, "the document ends in the middle of a tag");
            switch (_text[_at + 1])
            {
                case '/':
                    if (open is null) return Fail(_at, "an end tag without a start");
                    if (!EndTag(open)) return null;
                    open = open.Parent;
                    depth--;
                    break;
                case '?':
                    if (!ProcessingInstruction()) return null;
                    break;
                case '!':
                    if (!Markup(open)) return null;
                    break;
                default:
                    if (open is null && root is not null) return Fail(_at, "a second root element", "a document has one");
                    if (depth == _limits.Depth) return Fail(_at, $"elements are nested more than {_limits.Depth} deep");
                    if (StartTag(out var empty) is not { } element) return null;
                    if (open is not null) open.Add(element);
                    else root = element;
                    if (empty) break;
                    open = element;
                    depth++;
                    break;
            }
        }
        if (open is not null) return Fail(_text.Length, $"the document ends inside <{open.Name}> of line {open.Line}");
        return root ?? Fail(_text.Length, "the document has no element");
    }

    /// <summary>No half of a surrogate pair, and none of the two characters that XML forbids above the controls.</summary>
    private bool CheckCharacters()
    {
        if (_text.AsSpan().IndexOfAnyInRange('\uFFFE', '\uFFFF') is >= 0 and var forbidden) return Refuse(forbidden, $"character U+{(int)_text[forbidden]:X4} is not allowed in XML");
        for (var from = 0; _text.AsSpan(from).IndexOfAnyInRange('\uD800', '\uDFFF') is >= 0 and var at; from += at + 2)
            if (from + at + 1 >= _text.Length || !char.IsSurrogatePair(_text[from + at], _text[from + at + 1])) return Refuse(from + at, "half of a surrogate pair");
        return true;
    }

    /// <summary>Goes on to the next "&lt;" or the end of the text; inside an element what stands before it is the element's text.</summary>
    private bool CharacterData(CibElement? open)
    {
        // Nearly always a line feed and blanks: skipped without a search.
        var from = _at;
        while (_at < _text.Length && _text[_at] is var c && IsSpace(c))
        {
            _at++;
            if (c == '\n') (_line, _lineStart) = (_line + 1, _at);
        }
        if (_at >= _text.Length || _text[_at] == '<') return true;

        if (open is null) return Refuse(_at, $"text outside of the root element: '{_text[_at]}'");
        var rest = _text.AsSpan(_at);
        var length = rest.IndexOf('<');
        if (length < 0) length = rest.Length;
        var raw = _text.AsSpan(from, _at - from + length);
        if (raw.IndexOf("]]>") is >= 0 and var cdata) return Refuse(from + cdata, "\"]]>\" in text");
        if (raw.IndexOfAny(Controls) is >= 0 and var control) return RefuseControl(from + control);
        if (!Expand(raw, from, attribute: false, out var text)) return false;
        open.Text = open.Text is { } before ? before + text : text;
        CountLines(_at, length);
        _at += length;
        return true;
    }

    private CibElement? StartTag(out bool empty)
    {
        empty = false;
        var (start, line, column) = (_at, _line, _at - _lineStart + 1);
        if (++_elements > _limits.Elements) return Fail(start, $"more than {_limits.Elements} elements");
        _at++;
        if (Name() is not { } name) return Fail(start, "\"<\" that starts no tag", "write &lt; for the character itself");
        _attributeCount = 0;
        while (true)
        {
            var spaced = SkipSpace();
            if (_at >= _text.Length) return Fail(_text.Length, $"the document ends inside the tag <{name}> of line {line}");
            var c = _text[_at];
            if (c == '>')
            {
                _at++;
                break;
            }
            if (c == '/')
            {
                if (_at + 1 >= _text.Length || _text[_at + 1] != '>') return Fail(_at, $"\"/\" inside the tag <{name}> that does not end it");
                _at += 2;
                empty = true;
                break;
            }
            if (!Attribute(name, spaced)) return null;
        }
        var element = new CibElement(name, line, column);
        if (_attributeCount > 0) element.Take(_attributes.AsSpan(0, _attributeCount));
        return element;
    }

    private bool Attribute(string element, bool spaced)
    {
        var start = _at;
        if (Name() is not { } name) return Refuse(_at, $"'{_text[_at]}' inside the tag <{element}> where an attribute or \">\" should be");
        if (!spaced) return Refuse(start, $"no blank before the attribute {name}");
        SkipSpace();
        if (_at >= _text.Length || _text[_at] != '=') return Refuse(start, $"the attribute {name} has no value", $"{name}=\"...\"");
        _at++;
        SkipSpace();
        if (_at >= _text.Length || _text[_at] is not ('"' or '\'')) return Refuse(_at, $"the value of the attribute {name} is not in quotes");
        for (var i = 0; i < _attributeCount; i++)
            if (_attributes[i].Name == name) return Refuse(start, $"the attribute {name} is given twice in <{element}>");
        if (_attributeCount == _limits.Attributes) return Refuse(start, $"<{element}> has more than {_limits.Attributes} attributes");
        if (!Value(name, out var value)) return false;
        if (_attributeCount == _attributes.Length) Array.Resize(ref _attributes, _attributeCount * 2);
        _attributes[_attributeCount++] = new(name, value);
        return true;
    }

    /// <summary>A quoted value: from its first quote to after its last.</summary>
    private bool Value(string attribute, out string value)
    {
        var (quote, start) = (_text[_at], _at + 1);
        var stops = quote == '"' ? EndOfDoubleQuoted : EndOfSingleQuoted;
        var plain = true;
        var from = start;
        value = "";
        while (true)
        {
            var stop = _text.AsSpan(from).IndexOfAny(stops);
            if (stop < 0) return Refuse(start - 1, $"the value of the attribute {attribute} has no closing quote");
            from += stop;
            var c = _text[from];
            if (c == quote) break;
            if (c == '<') return Refuse(from, $"\"<\" in the value of the attribute {attribute}", "write &lt;, or close the quote before");
            if (c is not ('&' or '\t' or '\n' or '\r')) return RefuseControl(from);
            plain = false;
            from++;
        }
        var raw = _text.AsSpan(start, from - start);
        if (plain) value = Shared(raw);
        else
        {
            if (!Expand(raw, start, attribute: true, out value)) return false;
            CountLines(start, raw.Length);
        }
        _at = from + 1;
        return true;
    }

    /// <summary>References replaced, line ends made one line feed; in an attribute white space becomes blanks (XML 1.0, 2.11 and 3.3.3).</summary>
    private bool Expand(ReadOnlySpan<char> raw, int rawStart, bool attribute, out string result)
    {
        var output = new StringBuilder(raw.Length);
        result = "";
        for (var i = 0; i < raw.Length; i++)
        {
            var c = raw[i];
            if (c == '\r')
            {
                if (i + 1 < raw.Length && raw[i + 1] == '\n') continue;
                output.Append(attribute ? ' ' : '\n');
            }
            else if (attribute && IsSpace(c)) output.Append(' ');
            else if (c == '&')
            {
                var length = raw[i..].IndexOf(';');
                if (length < 0) return Refuse(rawStart + i, "\"&\" that starts no reference", "write &amp; for the character itself");
                if (!Reference(raw.Slice(i + 1, length - 1), rawStart + i, output)) return false;
                i += length;
            }
            else output.Append(c);
        }
        result = output.ToString();
        return true;
    }

    private bool Reference(ReadOnlySpan<char> name, int start, StringBuilder output)
    {
        switch (name)
        {
            case "lt": output.Append('<'); return true;
            case "gt": output.Append('>'); return true;
            case "amp": output.Append('&'); return true;
            case "quot": output.Append('"'); return true;
            case "apos": output.Append('\''); return true;
        }
        if (name is not ['#', ..])
        {
            foreach (var c in name)
                if (!IsNamePart(c)) return Refuse(start, "\"&\" that starts no reference", "write &amp; for the character itself");
            if (name.IsEmpty || name.Length > 64) return Refuse(start, "\"&\" that starts no reference", "write &amp; for the character itself");
            return Refuse(start, $"the entity &{name}; is not known", "only lt, gt, amp, quot, apos and numeric references are");
        }
        var hexadecimal = name is [_, 'x', ..];
        var digits = name[(hexadecimal ? 2 : 1)..];
        if (digits.Length is 0 or > 8 || !int.TryParse(digits, hexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            || code is not (9 or 10 or 13 or (>= 0x20 and <= 0xD7FF) or (>= 0xE000 and <= 0xFFFD) or (>= 0x10000 and <= 0x10FFFF)))
            return Refuse(start, $"&{(name.Length > 16 ? name[..16] : name)}; is not a character of XML");
        output.Append(new Rune(code).ToString());
        return true;
    }

    private bool EndTag(CibElement open)
    {
        var start = _at;
        _at += 2;
        // The usual case without a string for it.
        if (_text.AsSpan(_at).StartsWith(open.Name, StringComparison.Ordinal) && _at + open.Name.Length is var end && end < _text.Length && !IsNamePart(_text[end])) _at = end;
        else
        {
            var name = Name();
            return Refuse(start, name is null ? "\"</\" without a name" : $"</{name}> where </{open.Name}> should be: <{open.Name}> of line {open.Line} is open");
        }
        SkipSpace();
        if (_at >= _text.Length || _text[_at] != '>') return Refuse(start, $"</{open.Name} is not closed by \">\"");
        _at++;
        return true;
    }

    /// <summary>What starts with "&lt;!": a comment, or character data; a document type is refused.</summary>
    private bool Markup(CibElement? open)
    {
        var start = _at;
        if (AtWord("<!--"))
        {
            var length = _text.AsSpan(_at + 4).IndexOf("--");
            if (length < 0) return Refuse(start, "a comment without an end");
            var text = _text.AsSpan(_at + 4, length);
            var end = _at + 4 + length + 2;
            if (end >= _text.Length || _text[end] != '>') return Refuse(end - 2, "\"--\" inside a comment");
            if (text.IndexOfAny(Controls) is >= 0 and var control) return RefuseControl(_at + 4 + control);
            if (++_elements > _limits.Elements) return Refuse(start, $"more than {_limits.Elements} elements");
            open?.Add(CibElement.Comment(text.Contains('\r') ? text.ToString().ReplaceLineEndings("\n") : text.ToString(), _line, start - _lineStart + 1));
            CountLines(start, end + 1 - start);
            _at = end + 1;
            return true;
        }
        if (AtWord("<![CDATA["))
        {
            if (open is null) return Refuse(start, "text outside of the root element");
            var length = _text.AsSpan(_at + 9).IndexOf("]]>");
            if (length < 0) return Refuse(start, "<![CDATA[ without ]]>");
            var text = _text.AsSpan(_at + 9, length);
            if (text.IndexOfAny(Controls) is >= 0 and var control) return RefuseControl(_at + 9 + control);
            open.Text = (open.Text ?? "") + text.ToString().ReplaceLineEndings("\n");
            CountLines(start, length + 12);
            _at += length + 12;
            return true;
        }
        return AtWord("<!DOCTYPE")
            ? Refuse(start, "a document type (<!DOCTYPE) is not accepted", "take it out: a CIB has none, and entities are not expanded")
            : Refuse(start, "\"<!\" that starts no comment");
    }

    private bool Declaration()
    {
        var end = _text.AsSpan(_at).IndexOf("?>");
        if (end < 0) return Refuse(_at, "the XML declaration has no end");
        var declaration = _text.AsSpan(_at, end);
        if (declaration.IndexOf("version=") < 0) return Refuse(_at, "the XML declaration names no version");
        if (declaration.IndexOf("encoding=") is >= 0 and var at)
        {
            var value = declaration[(at + 9)..];
            var quoted = value.Length > 1 ? value[1..] : default;
            var length = quoted.IndexOfAny('"', '\'');
            var encoding = length < 0 ? default : quoted[..length];
            if (!encoding.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) && !encoding.Equals("US-ASCII", StringComparison.OrdinalIgnoreCase))
                return Refuse(_at + at, $"encoding {(encoding.Length > 32 ? encoding[..32] : encoding)} is not supported", "save the document as UTF-8");
        }
        CountLines(_at, end + 2);
        _at += end + 2;
        return true;
    }

    /// <summary>Skipped: there is nobody here whom it could instruct.</summary>
    private bool ProcessingInstruction()
    {
        var start = _at;
        _at += 2;
        var target = Name();
        if (target is null) return Refuse(start, "\"<?\" without a name");
        if (target.Equals("xml", StringComparison.OrdinalIgnoreCase)) return Refuse(start, "an XML declaration that is not at the start of the document");
        var length = _text.AsSpan(_at).IndexOf("?>");
        if (length < 0) return Refuse(start, "\"<?\" without \"?>\"");
        var content = _text.AsSpan(_at, length);
        if (length > 0 && !IsSpace(content[0])) return Refuse(_at, $"'{content[0]}' in the name of a processing instruction");
        if (content.IndexOfAny(Controls) is >= 0 and var control) return RefuseControl(_at + control);
        CountLines(start, _at + length + 2 - start);
        _at += length + 2;
        return true;
    }

    /// <summary>A name at the present place; null when there is none.</summary>
    private string? Name()
    {
        var start = _at;
        if (_at >= _text.Length || !IsNameStart(_text[_at])) return null;
        do _at++;
        while (_at < _text.Length && IsNamePart(_text[_at]));
        return Shared(_text.AsSpan(start, _at - start));
    }

    private bool SkipSpace()
    {
        var start = _at;
        while (_at < _text.Length && _text[_at] is var c && IsSpace(c))
        {
            _at++;
            if (c == '\n') (_line, _lineStart) = (_line + 1, _at);
        }
        return _at > start;
    }

    private void CountLines(int start, int length)
    {
        var end = start + length;
        for (int next; (next = _text.AsSpan(start, end - start).IndexOf('\n')) >= 0; start = _lineStart)
        {
            _line++;
            _lineStart = start + next + 1;
        }
    }

    /// <summary>One string for the names and short values that occur again and again: most of a CIB.</summary>
    private readonly string Shared(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > CachedLength) return text.Length == 0 ? "" : text.ToString();
        var hash = (uint)text.Length;
        foreach (var c in text) hash = hash * 31 + c;
        ref var cached = ref _cache[(hash ^ hash >> 11) & (uint)(_cache.Length - 1)];
        if (cached is { } known && text.SequenceEqual(known)) return known;
        return cached = text.ToString();
    }

    private readonly bool AtWord(string word) => string.CompareOrdinal(_text, _at, word, 0, word.Length) == 0;

    private bool RefuseControl(int at) => Refuse(at, $"character U+{(int)_text[at]:X4} is not allowed in XML");

    private bool Refuse(int at, string message, string remedy = "")
    {
        (_problemAt, _message, _remedy) = (at, message, remedy);
        return false;
    }

    private CibElement? Fail(int at, string message, string remedy = "")
    {
        Refuse(at, message, remedy);
        return null;
    }

    private static bool IsSpace(char c) => c is ' ' or '\n' or '\t' or '\r';

    /// <summary>XML 1.0 (fifth edition), 2.3: NameStartChar; halves of surrogate pairs count, all planes above the first being allowed.</summary>
    private static bool IsNameStart(char c) => c < 0x80
        ? c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or '_' or ':'
        : c is (>= '\u00C0' and <= '\u02FF' and not '\u00D7' and not '\u00F7') or (>= '\u0370' and <= '\u1FFF' and not '\u037E') or '\u200C' or '\u200D'
            or (>= '\u2070' and <= '\u218F') or (>= '\u2C00' and <= '\u2FEF') or (>= '\u3001' and <= '\uDFFF') or (>= '\uF900' and <= '\uFDCF') or (>= '\uFDF0' and <= '\uFFFD');

    private static bool IsNamePart(char c) =>
        IsNameStart(c) || c is (>= '0' and <= '9') or '-' or '.' or '\u00B7' or (>= '\u0300' and <= '\u036F') or '\u203F' or '\u2040';

    private static SearchValues<char> StopsOf(char quote)
    {
        var stops = new char[35];
        for (var i = 0; i < 32; i++) stops[i] = (char)i;
        (stops[32], stops[33], stops[34]) = ('<', '&', quote);
        return SearchValues.Create(stops);
    }
}
