namespace Appliance.Lrm.Systemd;

/// <summary>The file that keeps systemd from deciding about a managed unit. It is below /run: a reboot removes it.</summary>
/// <remarks>Pacemaker does the same with 50-pacemaker.conf; it changes the description as well, which here stays the unit's own.</remarks>
public static class DropIn
{
    public const string FileName = "50-appliance.conf";

    public static string Path(string directory, string unit) => $"{directory}/{unit}.d/{FileName}";

    /// <param name="unit">Full name of the managed unit.</param>
    /// <param name="ownUnit">The unit the resource manager runs in.</param>
    public static string Text(string unit, string ownUnit)
    {
        var service = unit.EndsWith(".service", StringComparison.Ordinal)
            ? """

              [Service]
              # What follows a failure is for the cluster to decide, here or on the other node.
              Restart=no

              """
            : "";
        return $"""
            # While the cluster manages this unit only the cluster starts and stops it. Written by the resource manager; gone after a reboot.
            [Unit]
            # On shutdown the resource manager comes first, and stops this unit when its turn has come.
            Before={ownUnit}
            # Nobody needing it, or a change of target, is no reason to stop it.
            StopWhenUnneeded=no
            IgnoreOnIsolate=yes
            {service}
            """;
    }

    /// <summary>Writes the file if it is not there as it should be.</summary>
    /// <returns>Something was changed.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Only root may.</exception>
    public static bool Write(string directory, string unit, string ownUnit)
    {
        var path = Path(directory, unit);
        var text = Text(unit, ownUnit);
        if (File.Exists(path) && File.ReadAllText(path) == text) return false;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        var temporary = path + ".new";      // systemd reads *.conf only: never half of it
        File.WriteAllText(temporary, text);
        File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        File.Move(temporary, path, overwrite: true);
        return true;
    }

    /// <summary>Removes the file, and its directory if nothing else is in it.</summary>
    /// <returns>Something was changed.</returns>
    /// <exception cref="IOException">It cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">Only root may.</exception>
    public static bool Remove(string directory, string unit)
    {
        var path = Path(directory, unit);
        if (!File.Exists(path)) return false;
        File.Delete(path);
        var parent = System.IO.Path.GetDirectoryName(path)!;
        if (Directory.GetFileSystemEntries(parent).Length == 0) Directory.Delete(parent);
        return true;
    }

    /// <summary>Units that have the file, whoever wrote it: those of an earlier life of the resource manager.</summary>
    public static IReadOnlyList<string> Units(string directory)
    {
        List<string> units = [];
        if (!Directory.Exists(directory)) return units;
        foreach (var path in Directory.GetDirectories(directory, "*.d"))
            if (File.Exists($"{path}/{FileName}")) units.Add(System.IO.Path.GetFileName(path)[..^".d".Length]);
        units.Sort(StringComparer.Ordinal);
        return units;
    }
}
