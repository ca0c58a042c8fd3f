namespace Appliance.Cib.Requests;

public enum CibOperation { Query, Create, Modify, Replace, Delete, Patch, Bump, Erase, Upgrade }

[Flags]
public enum CibOptions
{
    None = 0,

    /// <summary>The section is an XPath.</summary>
    XPath = 1,

    /// <summary>All that the XPath selects, not only the first.</summary>
    Multiple = 2,

    /// <summary>An answer without what is below the elements.</summary>
    NoChildren = 4,

    /// <summary>What is to be modified and is not there is made.</summary>
    CanCreate = 8,

    /// <summary>An answer of paths instead of elements.</summary>
    NodePath = 16,
}

/// <summary>Something that is asked of a CIB.</summary>
/// <param name="Section">A section's name, or an XPath; null: the whole document.</param>
public sealed record CibRequest(CibOperation Operation, string? Section = null, CibElement? Data = null, CibOptions Options = CibOptions.None);

/// <summary>What came of a request; the numbers are those of Pacemaker (errno, and pcmk_rc_e below zero).</summary>
public enum CibResult
{
    Ok = 0, NoSuchObject = 6, Exists = 17, Invalid = 22, NotSupported = 93, SchemaViolated = -1016, SchemaUnchanged = -1015, TransformFailed = -1014,
    OldData = -1013, DiffFailed = -1012, DiffResync = -1011, CannotSave = -1001,
}

/// <param name="Answer">What was asked for, or what a creation failed at; belongs to whoever asked.</param>
/// <param name="Rejected">The document as it would be, where it does not conform to its schema.</param>
public sealed record CibReply(CibResult Result, CibElement? Answer = null, CibElement? Rejected = null);
