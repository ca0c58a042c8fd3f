using System.Globalization;

namespace Appliance.Linux;

/// <summary>Users and groups by name, from /etc/passwd and /etc/group themselves: the binary carries no name service library.</summary>
/// <param name="passwd">Content of /etc/passwd.</param>
/// <param name="group">Content of /etc/group.</param>
public sealed class Accounts(string passwd, string group)
{
    /// <summary>The machine's, as they are now. A file that cannot be read is as good as empty: nobody is found.</summary>
    public static Accounts OfMachine() => new(Text("/etc/passwd"), Text("/etc/group"));

    /// <summary>A user by name or number.</summary>
    /// <returns><c>null</c> when there is none of that name; a number without an entry has the group of the same number.</returns>
    public (uint Uid, uint Gid)? User(string name)
    {
        foreach (var entry in Entries(passwd, 4))
            if (entry[0] == name && Number(entry[2]) is { } uid && Number(entry[3]) is { } gid) return (uid, gid);
        if (Number(name) is not { } number) return null;
        foreach (var entry in Entries(passwd, 4))
            if (Number(entry[2]) == number && Number(entry[3]) is { } gid) return (number, gid);
        return (number, number);
    }

    /// <summary>A group by name or number; <c>null</c> when there is none of that name.</summary>
    public uint? Group(string name)
    {
        foreach (var entry in Entries(group, 3))
            if (entry[0] == name && Number(entry[2]) is { } gid) return gid;
        return Number(name);
    }

    /// <summary>A user's name; <c>null</c> when no user has the number.</summary>
    public string? UserName(uint uid)
    {
        foreach (var entry in Entries(passwd, 4))
            if (Number(entry[2]) == uid) return entry[0];
        return null;
    }

    /// <summary>A group's name; <c>null</c> when no group has the number.</summary>
    public string? GroupName(uint gid)
    {
        foreach (var entry in Entries(group, 3))
            if (Number(entry[2]) == gid) return entry[0];
        return null;
    }

    /// <summary>The groups a user has at log-in: the primary one and those that list the user.</summary>
    public IReadOnlyList<uint> GroupsOf(string user, uint primary)
    {
        var all = new List<uint> { primary };
        foreach (var entry in Entries(group, 4))
            if (entry[3].Split(',').Contains(user) && Number(entry[2]) is { } gid && !all.Contains(gid)) all.Add(gid);
        return all;
    }

    private static IEnumerable<string[]> Entries(string text, int atLeast) =>
        text.Split('\n').Select(line => line.Split(':')).Where(fields => fields.Length >= atLeast);

    private static uint? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
