namespace Appliance.Cib;

/// <summary>One difference between two documents, in the order in which a patch names them: what an ACL judges and a patch carries.</summary>
/// <param name="Path">Where: names from the root, each with its id if it has one (<c>/cib/configuration/resources/primitive[@id='a']</c>).</param>
public abstract record CibChange(string Path)
{
    /// <summary>An element (or comment) is gone.</summary>
    /// <param name="Element">It, as it was.</param>
    /// <param name="Position">Among its siblings; only of comments, which a path does not tell apart.</param>
    public sealed record Deleted(string Path, CibElement Element, int? Position) : CibChange(Path);

    /// <summary>An element (or comment) is new, with everything below it.</summary>
    /// <param name="Path">Of the parent.</param>
    /// <param name="Position">Among its siblings, from 0.</param>
    public sealed record Created(string Path, CibElement Element, int Position) : CibChange(Path);

    /// <summary>An element has other attributes, or another order of them.</summary>
    /// <param name="Element">It, as it is now.</param>
    public sealed record Modified(string Path, CibElement Element, IReadOnlyList<AttributeChange> Attributes) : CibChange(Path);

    /// <summary>An element stands elsewhere among its siblings.</summary>
    public sealed record Moved(string Path, CibElement Element, int Position) : CibChange(Path);
}

/// <summary>An attribute that has another value (or place), or is gone (no value).</summary>
public sealed record AttributeChange(string Name, string? Value);
