using Appliance.Cib;

namespace Appliance.Crm.Store;

/// <summary>What a request wants of the CIB.</summary>
public enum CibOperation
{
    Query,
    Create,
    Modify,
    Replace,
    Delete,

    /// <summary>Empties the configuration.</summary>
    Erase,

    /// <summary>Raises the epoch and nothing else.</summary>
    Bump,

    /// <summary>Brings the document to the latest schema.</summary>
    Upgrade,
    ApplyPatch,

    /// <summary>Several requests (<see cref="CibRequest.Steps"/>), all or none.</summary>
    Commit,
}

/// <summary>How a request is to be done; the numbers are those of Pacemaker's clients (<c>cib_call_options</c>).</summary>
[Flags]
public enum CibOptions
{
    None = 0,

    /// <summary>The section is an XPath.</summary>
    XPath = 1 << 1,

    /// <summary>All that the XPath selects, not the first alone.</summary>
    Multiple = 1 << 2,

    /// <summary>What a modification does not find, it creates.</summary>
    CanCreate = 1 << 3,

    /// <summary>A query answers without what is below.</summary>
    NoChildren = 1 << 5,

    /// <summary>A query answers with paths.</summary>
    XPathAddress = 1 << 6,

    /// <summary>A query may be answered from this node's own copy.</summary>
    ScopeLocal = 1 << 8,

    /// <summary>Say what would become of it, and change nothing.</summary>
    DryRun = 1 << 9,

    /// <summary>Values like <c>name++</c> and <c>name+=5</c> are calculated.</summary>
    ScoreUpdate = 1 << 11,

    /// <summary>It is not noted who wrote last.</summary>
    NoTime = 1 << 13,
}

/// <summary>One request of a client.</summary>
/// <param name="Section">A section's name, or the XPath (<see cref="CibOptions.XPath"/>); null: the whole document.</param>
/// <param name="Input">The data; a whole document stands for its section of that name.</param>
public sealed record CibRequest(CibOperation Operation, string? Section = null, CibElement? Input = null, CibOptions Options = CibOptions.None)
{
    /// <summary>On whose behalf; null or empty: the cluster's own, as root and hacluster are.</summary>
    public string? User { get; init; }

    /// <summary>Groups of that user, as the node knows them at which the client is.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>The program's name.</summary>
    public string? Client { get; init; }

    /// <summary>The node the client is at.</summary>
    public string? Origin { get; init; }

    /// <summary>The schema an upgrade goes to at most.</summary>
    public string? SchemaLimit { get; init; }

    /// <summary>What a whole document that replaces must have as its digest; null: not asked.</summary>
    public string? Digest { get; init; }

    /// <summary>The document is a tool's file and no cluster's: that it is of a newer feature set does not matter.</summary>
    public bool IsOnFile { get; init; }

    /// <summary>What <see cref="CibOperation.Commit"/> does, in this order.</summary>
    public IReadOnlyList<CibRequest> Steps { get; init; } = [];

    /// <summary>A client is shown what it is that does not follow the schema, as Pacemaker shows it.</summary>
    public bool ShowsRejected => Client is not (null or CrmNodeClient);

    /// <summary>What the cluster's own requests say they are from.</summary>
    public const string CrmNodeClient = "crmd";

    public bool Has(CibOptions option) => (Options & option) != 0;

    /// <summary>Whether the document can be another afterwards.</summary>
    public bool Writes => Operation != CibOperation.Query;
}

/// <summary>The moment of a request, which a core is told.</summary>
/// <param name="Now">For rules.</param>
/// <param name="Written">The same as text, for <c>cib-last-written</c> (as ctime(3), without the line's end).</param>
public sealed record CibMoment(CibTime Now, string Written);

/// <summary>What became of a request.</summary>
/// <param name="Document">The document afterwards; the one that was given when nothing changed.</param>
/// <param name="Output">What the client gets.</param>
/// <param name="Patch">From the old document to the new one, with the digest of the new one; null when nothing changed.</param>
/// <param name="ConfigurationChanged">There is a new epoch, which is answered for when it is stored; otherwise there is a new update at most.</param>
/// <param name="Problem">More than the error's text, for the log.</param>
public sealed record CibOutcome(CibError Error, CibElement Document, CibElement? Output = null, CibElement? Patch = null, bool ConfigurationChanged = false, string Problem = "");
