using Appliance.Crm.Move;

namespace Appliance.Control;

/// <summary>Where the mark of a move survives this process and pulse. Below /run: after a boot nothing runs, and ha.cf says which engine there is.</summary>
internal sealed class MoveFile(string path, string stop)
{
    private bool _mustStop = File.Exists(stop);

    public MoveMark? Load() => File.Exists(path) ? MoveMark.Read(File.ReadAllText(path)) : null;

    /// <returns>Why it could not be stored; null: it is.</returns>
    public string? Store(MoveMark? mark)
    {
        try
        {
            if (mark is null) File.Delete(path);
            else
            {
                File.WriteAllText(path + ".new", mark + "\n");
                File.Move(path + ".new", path, overwrite: true);
            }
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path}: {e.Message}";
        }
    }

    /// <summary>The daemon is to stop when the move is over.</summary>
    /// <returns>False: that was noted before.</returns>
    public bool NoteStop()
    {
        if (_mustStop) return false;
        File.WriteAllText(stop, "");
        return _mustStop = true;
    }

    public bool TakeStop()
    {
        if (!_mustStop) return false;
        File.Delete(stop);
        _mustStop = false;
        return true;
    }

    /// <summary>A directory as it is gets another name, which an administrator finds; once.</summary>
    /// <returns>Why not; null: it has it, or is not there.</returns>
    public static string? PutAside(string directory, string id)
    {
        try
        {
            if (Directory.Exists(directory) && !Directory.Exists($"{directory}-before-{id}")) Directory.Move(directory, $"{directory}-before-{id}");
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{directory}: {e.Message}";
        }
    }
}
