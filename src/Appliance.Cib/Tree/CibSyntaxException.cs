using Appliance.Core.Diagnostics;

namespace Appliance.Cib;

/// <summary>A text is not the document it should be; <see cref="Problem"/> says where and why.</summary>
public sealed class CibSyntaxException(Diagnostic problem) : Exception(problem.ToString())
{
    public Diagnostic Problem { get; } = problem;
}
