namespace Appliance.Commands.Crm;

/// <summary>Where shadow CIBs are: copies to try changes on (CIB_shadow).</summary>
internal static class ShadowFile
{
    public static string Path(CrmWorld world, string name) => $"{Directory(world)}/shadow.{name}";

    private static string Directory(CrmWorld world)
    {
        if (world.Variable("CIB_shadow_dir") is { } given) return given;
        if (Environment.UserName is "root" or "hacluster") return "/var/lib/pacemaker/cib";
        if (world.Variable("HOME") is not { Length: > 0 } home || home[0] != '/') return world.Variable("TMPDIR") is ['/', ..] and var temporary ? temporary : "/tmp";
        try
        {
            System.IO.Directory.CreateDirectory(home + "/.cib", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return "/tmp";
        }
        return home + "/.cib";
    }
}
