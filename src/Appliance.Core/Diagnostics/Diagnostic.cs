namespace Appliance.Core.Diagnostics;

/// <summary>How much a problem in a configuration matters: a warning starts, an error does not.</summary>
public enum Severity { Info, Warning, Error }

/// <summary>One problem found in a file an administrator wrote.</summary>
/// <param name="File">Path as the administrator knows it.</param>
/// <param name="Line">1-based; 0 when the problem is the whole file's.</param>
/// <param name="Column">1-based column of the first wrong character; 0 when the problem is the whole line's.</param>
/// <param name="Message">What is wrong, in heartbeat 3.0.6's words where it has any.</param>
/// <param name="Remedy">What would be right.</param>
public sealed record Diagnostic(Severity Severity, string File, int Line, int Column, string Message, string Remedy)
{
    /// <summary>One line in the compilers' form: <c>FILE:LINE:COLUMN: error: MESSAGE (REMEDY)</c>.</summary>
    public override string ToString()
    {
        var where = Line == 0 ? File : Column == 0 ? $"{File}:{Line}" : $"{File}:{Line}:{Column}";
        var word = Severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "info" };
        return Remedy.Length == 0 ? $"{where}: {word}: {Message}" : $"{where}: {word}: {Message} ({Remedy})";
    }
}
