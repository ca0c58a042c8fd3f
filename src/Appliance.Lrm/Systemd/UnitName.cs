using System.Globalization;
using System.Text;

namespace Appliance.Lrm.Systemd;

/// <summary>Names of units: as people write them, as systemd has them, and as paths of the bus.</summary>
public static class UnitName
{
    /// <summary>Kinds of units that can be started and stopped as a resource; Pacemaker lists the same.</summary>
    private static readonly string[] Manageable = [".service", ".socket", ".mount", ".timer", ".path"];

    /// <summary>The other kinds there are: a name that ends so is complete as well (systemd.unit(5)).</summary>
    private static readonly string[] Others = [".target", ".swap", ".automount", ".slice", ".scope", ".device"];

    private const int Longest = 255;        // systemd's UNIT_NAME_MAX
    private const string Allowed = ":-_.\\@";   // besides letters and digits, systemd.unit(5)

    /// <summary>The unit's full name: a name without a suffix is a service.</summary>
    public static string Full(string name) => HasSuffix(name, Manageable) || HasSuffix(name, Others) ? name : name + ".service";

    /// <summary>Why a full name cannot be one of a unit that is started; <c>null</c> when it can.</summary>
    public static string? Problem(string fullName)
    {
        var prefix = fullName[..fullName.LastIndexOf('.')];
        if (fullName.Length > Longest) return $"a unit's name has at most {Longest} characters";
        if (prefix.Length == 0 || prefix[0] == '@') return $"{fullName} is no name of a unit";
        foreach (var c in fullName)
            if (!char.IsAsciiLetterOrDigit(c) && !Allowed.Contains(c, StringComparison.Ordinal)) return $"{fullName} is no name of a unit: '{c}' must be written as systemd-escape(1) does";
        return IsTemplate(fullName) ? $"{fullName} is a template: an instance has a name after the @" : null;
    }

    /// <summary>A template, of which only instances can be started: <c>openvpn@.service</c>.</summary>
    public static bool IsTemplate(string fullName)
    {
        var dot = fullName.LastIndexOf('.');
        return dot > 0 && fullName[dot - 1] == '@';
    }

    /// <summary>Some instance of a template, to look at what all of them have in common; any other name unchanged.</summary>
    public static string Example(string fullName) => IsTemplate(fullName) ? fullName.Insert(fullName.LastIndexOf('.'), "appliance") : fullName;

    /// <summary>What a unit file is called as a resource agent; <c>null</c> for kinds that are none. Services have no suffix, templates end with @.</summary>
    public static string? Agent(string file)
    {
        var name = file[(file.LastIndexOf('/') + 1)..];
        if (name.EndsWith(".service", StringComparison.Ordinal)) return name[..^".service".Length];
        return HasSuffix(name, Manageable) ? name : null;
    }

    /// <summary>The unit's object on the bus. Every byte but letters and digits becomes _xx, a digit in front too (sd_bus_path_encode(3)).</summary>
    public static string Path(string fullName)
    {
        var path = new StringBuilder("/org/freedesktop/systemd1/unit/");
        var first = true;
        foreach (var b in Encoding.UTF8.GetBytes(fullName))
        {
            if (char.IsAsciiLetter((char)b) || !first && char.IsAsciiDigit((char)b)) path.Append((char)b);
            else path.Append(CultureInfo.InvariantCulture, $"_{b:x2}");
            first = false;
        }
        return path.ToString();
    }

    private static bool HasSuffix(string name, string[] suffixes)
    {
        foreach (var suffix in suffixes)
            if (name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal)) return true;
        return false;
    }
}
