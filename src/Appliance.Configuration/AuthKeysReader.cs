using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Core;

namespace Appliance.Configuration;

/// <summary>Reads authkeys. A line that is wrong is never quoted: any word of it can be the secret.</summary>
internal sealed class AuthKeysReader
{
    /// <summary>Key numbers are 0 to 15, as in 3.0.6.</summary>
    private const int MaxIndex = 15;

    private static readonly string[] Methods = ["crc", "md5", "sha1", "sha256"];

    private readonly SourceFile _file;
    private readonly Problems _problems;
    private readonly SortedDictionary<int, AuthKey> _keys = [];
    private int _signing = -1, _named = -1, _namedLine;      // the key that signs; the number of the last auth line

    private AuthKeysReader(SourceFile file) => (_file, _problems) = (file, new(file.Path));

    public static ReadResult<AuthKeys> Read(SourceFile file)
    {
        var reader = new AuthKeysReader(file);
        reader.Read();
        var keys = reader._problems.HasErrors ? null : new AuthKeys(reader._signing, [.. reader._keys.Values]);
        return new(keys, reader._problems.InOrder());
    }

    private void Read()
    {
        if (_file.Content is null)
        {
            _problems.Error(0, 0, $"Cannot open keyfile [{_file.PathAsPrinted}].  Stop.", "create it, mode 600: \"auth 1\" and \"1 sha1 SECRET\", the same on every node");
            return;
        }
        if (_file.IsReadableByOthers)
            _problems.Error(0, 0, $"Bad permissions on keyfile [{_file.PathAsPrinted}], 600 recommended.", $"chmod 600 {_file.Path}; and change the keys, as others could read them");
        foreach (var line in PhysicalLines.Of(_file, _problems)) Line(line);
        if (_named < 0)
            _problems.Error(_namedLine, 0, $"Missing auth directive in keyfile [{_file.PathAsPrinted}]", "put \"auth N\" before the line of key N");
        else if (_signing < 0)
            _problems.Error(_namedLine, 0, $"Auth Key [{_named}] not found in keyfile [{_file.PathAsPrinted}]",
                _keys.ContainsKey(_named) ? $"the line of key {_named} must come after \"auth {_named}\"" : $"add a line \"{_named} sha1 SECRET\" after \"auth {_named}\"");
        else if (_signing != _named)
            _problems.Warn(_namedLine, 0, $"\"auth {_named}\" is not followed by key {_named}: key {_signing} signs", "name the signing key once, before all keys");
    }

    private void Line(PhysicalLine line)
    {
        var text = line.Text.AsSpan();
        var indent = text.Length - text.TrimStart(" \t\r\f\v").Length;
        text = text[indent..];
        if (text.Length == 0 || text[0] == '#') return;
        if (text[0] == 'a') SigningKey(text, line, indent);
        else Key(text, line, indent);
    }

    private void SigningKey(ReadOnlySpan<char> text, PhysicalLine line, int indent)
    {
        var column = line.Start + indent + 1;
        _namedLine = line.Number;
        var rest = text.StartsWith("auth", StringComparison.Ordinal) ? text[4..].TrimStart(" \t\r\f\v") : [];
        if (!Number(rest, out var number, out var length))
        {
            // 3.0.6 quotes the line here; it can be a secret that begins with an a.
            _problems.Error(line.Number, column, $"Invalid auth line [***] in {_file.PathAsPrinted}", "\"auth N\", N being the number of the key to sign with; no other line may start with an a");
            return;
        }
        if (rest[length..].Trim(" \t\r\f\v").Length > 0)
            _problems.Warn(line.Number, column + text.Length - rest.Length + length, "what follows the number is ignored", "one key signs; delete the rest of the line");
        _named = number;
    }

    private void Key(ReadOnlySpan<char> text, PhysicalLine line, int indent)
    {
        var column = line.Start + indent + 1;
        if (!Number(text, out var index, out var length) || text[length..].Trim(" \t\r\f\v").Length == 0)
        {
            _problems.Error(line.Number, column, "Auth line [***] is invalid.", "\"N METHOD SECRET\", as in \"1 sha1 SECRET\"; comments start with #");
            return;
        }
        if (index is < 0 or > MaxIndex)
        {
            _problems.Error(line.Number, column, $"Invalid authnum [{index}] in {_file.PathAsPrinted}", $"keys are numbered from 0 to {MaxIndex}");
            return;
        }
        var words = Words.Split(text[length..].ToString(), column + length, " \t\r\f\v");
        var (method, secret) = (words[0], words.Count > 1 ? words[1].Text : null);
        AuthMethod? known = method.Text switch { "crc" => AuthMethod.Crc, "md5" => AuthMethod.Md5, "sha1" => AuthMethod.Sha1, "sha256" => AuthMethod.Sha256, _ => null };
        if (known is null) UnknownMethod(method, line, secret is not null);
        else if (known == AuthMethod.Crc && secret is not null)
            _problems.Error(line.Number, words[1].Column, "Auth method [crc] doesn't use a key", "delete what follows crc; or write sha1 instead of crc, which protects nothing");
        else if (known != AuthMethod.Crc && secret is null)
            _problems.Error(line.Number, method.Column, $"Auth method [{method.Text}] requires a key", $"\"{index} {method.Text} SECRET\"");
        else Accept(new(index, known.Value, Secret(secret)), words, line, column);
    }

    private void UnknownMethod(Word method, PhysicalLine line, bool hasSecret)
    {
        // When the method was forgotten, the second word is the secret.
        var meant = Nearest.Of(method.Text, Methods);
        var shown = meant is not null && hasSecret ? method.Text : "***";
        _problems.Error(line.Number, method.Column, $"Invalid authtype [{shown}]", meant is null ? "methods are crc, md5, sha1 and sha256" : $"did you mean {meant}?");
    }

    private void Accept(AuthKey key, List<Word> words, PhysicalLine line, int column)
    {
        if (_keys.ContainsKey(key.Index))
            _problems.Warn(line.Number, column, $"key {key.Index} is given twice: this line counts", "delete one of the two lines");
        if (words.Count > 2)
            _problems.Warn(line.Number, words[2].Column, "what follows the secret is ignored", "a secret holds no blanks, and quotes are part of it; delete the rest of the line");
        if (key.Method == AuthMethod.Sha256)
            _problems.Info(line.Number, words[0].Column, "sha256 is unknown to heartbeat 3.0.6", "sign with it only when this program runs on every node");
        _keys[key.Index] = key;
        if (key.Index == _named) _signing = _named;
    }

    private Secret Secret(string? text) => new((_file.IsUtf8 ? Encoding.UTF8 : Encoding.Latin1).GetBytes(text ?? ""));

    /// <summary>C's %d: an optional sign and digits. False when there are none or the number is out of all bounds.</summary>
    private static bool Number(ReadOnlySpan<char> text, out int number, out int length)
    {
        length = text.Length > 0 && text[0] is '-' or '+' ? 1 : 0;
        var digits = length;
        while (length < text.Length && char.IsAsciiDigit(text[length])) length++;
        number = 0;
        return length > digits && int.TryParse(text[..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }
}
