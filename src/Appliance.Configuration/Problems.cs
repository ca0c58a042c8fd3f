using System.Collections.Immutable;
using Appliance.Core.Diagnostics;

namespace Appliance.Configuration;

/// <summary>Collects the problems of one file.</summary>
internal sealed class Problems(string file)
{
    private readonly List<Diagnostic> _all = [];

    public bool HasErrors { get; private set; }

    public void Error(int line, int column, string message, string remedy)
    {
        HasErrors = true;
        _all.Add(new(Severity.Error, file, line, column, message, remedy));
    }

    public void Warn(int line, int column, string message, string remedy) => _all.Add(new(Severity.Warning, file, line, column, message, remedy));

    public void Info(int line, int column, string message, string remedy) => _all.Add(new(Severity.Info, file, line, column, message, remedy));

    /// <summary>By line and column; what concerns the whole file comes first. Problems of one place stay in the order in which they were found.</summary>
    public ImmutableArray<Diagnostic> InOrder() => [.. _all.OrderBy(d => d.Line).ThenBy(d => d.Column)];
}
