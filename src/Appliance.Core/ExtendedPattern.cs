namespace Appliance.Core;

/// <summary>
/// An extended regular expression of POSIX, as CIBs and fencing topologies have them. A core asks one; the C library makes it (<c>Appliance.Linux.PosixPattern</c>), as
/// it does for Pacemaker, so that the leftmost and longest match, classes such as <c>[[:digit:]]</c> and what is no expression at all are the same.
/// </summary>
public abstract record ExtendedPattern(string Expression)
{
    /// <summary>What the expression (first) and its groups, nine at most, stand for in a text, "" for one that stands for nothing; <c>null</c>: it does not match.</summary>
    public abstract string[]? Match(string text);
}
