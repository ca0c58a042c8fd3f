using System.Collections.Immutable;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Logging;

namespace Appliance.Control;

/// <summary>What a reader made of a file's text: groups, or <c>null</c> with the reasons.</summary>
internal sealed record GroupsRead(ImmutableArray<ResourceGroup>? Groups, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>The file haresources: looked at before every decision, read when it changed. In 3.0.6 the scripts read it anew at every action.</summary>
internal sealed class GroupsFile(string path, Func<string, GroupsRead> parse, ApplianceLog log)
{
    private (DateTime Written, long Length) _seen = (DateTime.MinValue, -1);
    private string? _text;
    private string _fault = "";

    /// <summary>The groups, when the file changed since the last call and its new content is good; <c>null</c> otherwise: go on with the old ones.</summary>
    public ImmutableArray<ResourceGroup>? TakeChanged()
    {
        var now = Stamp();
        if (now == _seen) return null;
        _seen = now;
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Complain($"{path}: {e.Message}; the groups stay as they were");
            return null;
        }
        if (text == _text) return null;
        var read = parse(text);
        foreach (var problem in read.Diagnostics)
            log.Write(problem.Severity == Severity.Error ? LogPriority.Error : LogPriority.Warn, problem.ToString());
        if (read.Groups is null)
        {
            Complain($"{path} has errors; the groups stay as they were");
            return null;
        }
        if (_text is not null) log.Info($"{path} changed: {read.Groups.Value.Length} resource groups");
        (_text, _fault) = (text, "");
        return read.Groups;
    }

    /// <summary>Two writes within one tick of the file system's clock differ in length most of the time; what does not is seen at the next write.</summary>
    private (DateTime Written, long Length) Stamp()
    {
        var file = new FileInfo(path);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : (DateTime.MinValue, 0);
    }

    private void Complain(string what)
    {
        if (what != _fault) log.Error(what);
        _fault = what;
    }
}
