using Appliance.Cib;

namespace Appliance.Crm.Store;

/// <summary>What the stores of the nodes say to each other. All of it belongs to one DC's time in office.</summary>
/// <param name="Term">That time's number.</param>
public abstract record CibMessage(long Term)
{
    /// <summary>To the DC: this is what I have.</summary>
    /// <param name="Standing">Its <see cref="CibStanding"/>.</param>
    /// <param name="Digest">Of the whole document.</param>
    /// <param name="StoredDigest">Of the part that is on disks.</param>
    /// <param name="Known">Digests, shortened, of documents that it comes after.</param>
    public sealed record Hello(long Term, CibStanding Standing, CibVersion Version, string Digest, string StoredDigest, IReadOnlyList<string> Known) : CibMessage(Term);

    /// <summary>To a node that has the best one: give it to me.</summary>
    public sealed record Fetch(long Term) : CibMessage(Term);

    /// <summary>The answer to that.</summary>
    /// <param name="Known">Digests of documents that this one comes after.</param>
    public sealed record Offer(long Term, CibElement Document, IReadOnlyList<string> Known) : CibMessage(Term);

    /// <summary>From the DC: this is the document now, and the next patch has the next number.</summary>
    /// <param name="Document">Null: the one you have, by its digest.</param>
    public sealed record Base(long Term, long Number, CibStanding Standing, string Digest, CibElement? Document, IReadOnlyList<string> Known) : CibMessage(Term);

    /// <summary>From the DC: the document changed.</summary>
    /// <param name="Configuration">It has to be stored.</param>
    public sealed record Patch(long Term, long Number, CibStanding Standing, CibElement Content, bool Configuration) : CibMessage(Term);

    /// <summary>To the DC: all up to this number is on my disk.</summary>
    public sealed record Stored(long Term, long Number) : CibMessage(Term);

    /// <summary>From the DC: say when you have all up to this number.</summary>
    public sealed record Reach(long Term, long Number) : CibMessage(Term);

    /// <summary>The answer to that: I have all up to this number, be it on my disk or not.</summary>
    public sealed record Reached(long Term, long Number) : CibMessage(Term);

    /// <summary>To the DC: I missed something; give me the whole. From the DC, to a node that was away: say hello again.</summary>
    public sealed record Want(long Term) : CibMessage(Term);

    /// <summary>To the DC: a client here asks for this.</summary>
    public sealed record Ask(long Term, long Id, CibRequest Request) : CibMessage(Term);

    /// <summary>The answer to that.</summary>
    public sealed record Answer(long Term, long Id, CibError Error, CibElement? Output, string Problem) : CibMessage(Term);
}
