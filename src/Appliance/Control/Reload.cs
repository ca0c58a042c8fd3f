using Appliance.Core.Diagnostics;
using Appliance.Logging;

namespace Appliance.Control;

/// <summary>What a reload leads to.</summary>
internal enum ReloadOutcome { Unchanged, Restart, ReloadKeys, Refused }

/// <summary>SIGHUP: looks at ha.cf first and at authkeys only if ha.cf is as it was, as 3.0.6 does.</summary>
/// <remarks>
/// Better than 3.0.6 where it is known to be bad: a wrong ha.cf does not take the daemon down in the middle of its restart, and a wrong authkeys does
/// not shut it down. Every problem is logged, and the daemon goes on as it was. Contents are compared, not times: a <c>touch</c> is no change.
/// </remarks>
/// <param name="runningHaCf">The text the daemon runs with.</param>
/// <param name="validateHaCf">All problems of a text.</param>
/// <param name="readKeys">The key file's text and its problems (its permissions among them).</param>
internal sealed class Reload(
    string runningHaCf, Func<string> readHaCf, Func<string, IReadOnlyList<Diagnostic>> validateHaCf,
    Func<(string? Text, IReadOnlyList<Diagnostic> Problems)> readKeys, ApplianceLog log)
{
    private string? _keys;

    /// <summary>Remembers the keys the daemon started with. Called once, before the first <see cref="Decide"/>.</summary>
    public void NoteKeys() => _keys = readKeys().Text;

    /// <summary>Looks at both files. New keys are announced by pulse, which reads them itself: they never pass from here to there.</summary>
    public ReloadOutcome Decide()
    {
        string text;
        try
        {
            text = readHaCf();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Error($"ha.cf cannot be read: {e.Message}; the daemon goes on with what it has");
            return ReloadOutcome.Refused;
        }
        if (text != runningHaCf)
        {
            if (Wrong(validateHaCf(text)))
            {
                log.Error("ha.cf changed and has errors: not restarted, the daemon goes on with what it has");
                return ReloadOutcome.Refused;
            }
            log.Info("ha.cf changed: restarting in place, resources keep running");
            return ReloadOutcome.Restart;
        }
        var (keys, problems) = readKeys();
        if (keys is not null && keys == _keys)
        {
            log.Info("Configuration unchanged.");
            return ReloadOutcome.Unchanged;
        }
        if (Wrong(problems) || keys is null)
        {
            log.Error("authkeys has errors: the old keys stay in use");
            return ReloadOutcome.Refused;
        }
        _keys = keys;
        return ReloadOutcome.ReloadKeys;
    }

    private bool Wrong(IReadOnlyList<Diagnostic> problems)
    {
        foreach (var problem in problems)
            log.Write(problem.Severity switch { Severity.Error => LogPriority.Error, Severity.Warning => LogPriority.Warn, _ => LogPriority.Info }, problem.ToString());
        return problems.Any(p => p.Severity == Severity.Error);
    }
}
