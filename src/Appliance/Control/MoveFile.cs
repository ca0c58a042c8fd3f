using Appliance.Crm.Move;

namespace Appliance.Control;

/// <summary>Where the mark of a move survives this process and pulse. Below /run: after a boot nothing runs, and ha.cf says which engine there is.</summary>
internal sealed class MoveFile(string path, string stop)
{
    private bool _mustStop = File.Exists(stop);

    public MoveMark? Load() => File.Exists(path) ? MoveMark.Read(File.ReadAllText(path)) : null;

    /// <returns>Why it could not be stored; null: it is.</returns>
    public string? Store(MoveMark? mark) => Try(path, where =>
    {
        if (mark is null) File.Delete(where);
        else
        {
            File.WriteAllText(where + ".new", mark + "\n");
            File.Move(where + ".new", where, overwrite: true);
        }
    });

    /// <summary>The daemon is to stop when the move is over.</summary>
    /// <param name="problem">Why the next process will not know of it; null: it will.</param>
    /// <returns>False: that was noted before.</returns>
    public bool NoteStop(out string? problem)
    {
        problem = null;
        if (_mustStop) return false;
        problem = Try(stop, static path => File.WriteAllText(path, ""));
        return _mustStop = true;
    }

    public bool TakeStop(Action<string> complain)
    {
        if (!_mustStop) return false;
        if (Try(stop, File.Delete) is { } problem) complain($"{problem}: the next daemon would take it that it is to stop");
        _mustStop = false;
        return true;
    }

    private static string? Try(string path, Action<string> deed)
    {
        try
        {
            deed(path);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path}: {e.Message}";
        }
    }

    /// <summary>A directory as it is gets another name, which an administrator finds; once.</summary>
    /// <returns>Why not; null: it has it, or is not there.</returns>
    public static string? PutAside(string directory, string id) => Try(directory, where =>
    {
        if (Directory.Exists(where) && !Directory.Exists($"{where}-before-{id}")) Directory.Move(where, $"{where}-before-{id}");
    });
}
