using System.Collections.Immutable;

namespace Appliance.Stonith.Devices;

/// <summary>The data files of <c>hw/</c>, which are part of this assembly.</summary>
public static class Profiles
{
    /// <summary>The files of one kind (<c>pdu</c>, <c>san</c>, <c>bmc</c>), in the order of their names.</summary>
    public static ImmutableArray<ProfileFile> Of(string kind)
    {
        var prefix = $"hw/{kind}/";
        var assembly = typeof(Profiles).Assembly;
        var names = assembly.GetManifestResourceNames().Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        return [.. names.Select(name => new ProfileFile(name, Text(assembly, name)))];
    }

    private static string Text(System.Reflection.Assembly assembly, string name)
    {
#pragma warning disable RS0030 // not the world: bytes of this assembly, the same at every call
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
#pragma warning restore RS0030
    }
}

/// <summary>One data file.</summary>
/// <param name="Name">As in the source tree: <c>hw/pdu/apc-rpdu2.profile</c>.</param>
public sealed record ProfileFile(string Name, string Text);
