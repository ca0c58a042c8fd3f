using System.Collections.Immutable;
using Appliance.Core;

namespace Appliance.Configuration;

/// <summary>authkeys: <c>auth N</c> before the key it names, then <c>N METHOD [SECRET]</c> (reference, section 4).</summary>
internal static class AuthKeysReader
{
    public static ReadResult<AuthKeys> Read(SourceFile file)
    {
        var problems = new Problems(file.Path);
        var path = file.PathAsPrinted;
        if (file.Content is null)
        {
            problems.Error(0, 0, $"Cannot open keyfile [{path}].  Stop.", "write it with: auth 1, then a line 1 sha1 and a secret; then chmod 600");
            return new(null, problems.InOrder());
        }
        if (file.IsReadableByOthers)
            problems.Error(0, 0, $"Bad permissions on keyfile [{path}], 600 recommended.", $"chmod 600 {file.Path}");
        var signing = -1;
        var keys = new SortedDictionary<int, AuthKey>();
        var (number, signingLine) = (0, 0);
        foreach (var raw in file.Encoding.GetString(file.Content).Split('\n'))
        {
            number++;
            var line = raw.Trim(' ', '\t', '\r');
            if (line.Length == 0 || raw[0] == '#') continue;
            var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (line[0] == 'a')
            {
                if (words[0] == "auth" && words.Length > 1 && int.TryParse(words[1], out var named) && named is >= 0 and <= 15) (signing, signingLine) = (named, number);
                else problems.Error(number, 1, $"Invalid auth line [{words[0]}...]", "auth N, with N from 0 to 15");
                continue;
            }
            if (!int.TryParse(words[0], out var index) || words.Length < 2)
            {
                problems.Error(number, 1, "Auth line is invalid.", "N METHOD SECRET, for example: 1 sha1 followed by a long random word");
                continue;
            }
            if (index is < 0 or > 15) problems.Error(number, 1, $"Invalid authnum [{index}]", "a number from 0 to 15");
            else if (Method(words[1]) is not { } method)
                problems.Error(number, raw.IndexOf(words[1], StringComparison.Ordinal) + 1, $"Invalid authtype [{words[1]}]", "crc, md5, sha1, or sha256 where both nodes run the Appliance");
            else if (method == AuthMethod.Crc && words.Length > 2) problems.Error(number, 1, "Auth method [crc] doesn't use a key", "leave the third word out; crc protects from line noise only");
            else if (method != AuthMethod.Crc && words.Length < 3) problems.Error(number, 1, $"Auth method [{words[1]}] requires a key", "add a secret as the third word");
            else
            {
                if (words.Length > 3) problems.Warn(number, 1, "Words after the secret are ignored.", "secrets have no blanks, and comments stand on their own lines");
                if (keys.ContainsKey(index)) problems.Warn(number, 1, $"Key {index} is given twice; the last one counts.", "remove the other");
                if (signing < 0) problems.Warn(number, 1, "A key stands before the line auth N.", "put auth N first: 3.0.6 needs it there");
                keys[index] = new(index, method, Secret.Of(method == AuthMethod.Crc ? "" : words[2]));
            }
        }
        if (signing < 0) problems.Error(0, 0, $"Missing auth directive in keyfile [{path}]", "a first line: auth N");
        else if (!keys.ContainsKey(signing) && !problems.HasErrors) problems.Error(signingLine, 1, $"Auth Key [{signing}] not found in keyfile [{path}]", $"a line: {signing} sha1 and a secret");
        return new(problems.HasErrors ? null : new AuthKeys(signing, [.. keys.Values]), problems.InOrder());
    }

    private static AuthMethod? Method(string word) => word switch { "crc" => AuthMethod.Crc, "md5" => AuthMethod.Md5, "sha1" => AuthMethod.Sha1, "sha256" => AuthMethod.Sha256, _ => null };
}
