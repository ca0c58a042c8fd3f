namespace Appliance.Lrm.Agents;

/// <summary>Empty files that say "started".</summary>
internal static class StateFiles
{
    /// <summary>Makes the file, and its directory when somebody runs an agent by hand before the daemon ever ran.</summary>
    public static void Write(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } directory) Directory.CreateDirectory(directory);
        File.WriteAllBytes(path, []);
    }

    /// <summary>Takes it away; where there is no directory for it there is none.</summary>
    public static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing was ever started there.
        }
    }
}
