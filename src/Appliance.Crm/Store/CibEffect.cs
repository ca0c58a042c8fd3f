using Appliance.Cib;
using Appliance.Core.Diagnostics;

namespace Appliance.Crm.Store;

/// <summary>What a node's store wants done, in this order.</summary>
public abstract record CibEffect
{
    private CibEffect() { }

    /// <param name="To">Null: every other node of the cluster.</param>
    public sealed record Send(string? To, CibMessage Message) : CibEffect;

    /// <summary>Store this; when it is on the disk (or cannot be), say so with the ticket. One at a time.</summary>
    /// <param name="Standing">The document's <see cref="CibStanding"/>, to be stored before it.</param>
    public sealed record Write(long Ticket, CibElement Document, CibStanding Standing) : CibEffect;

    /// <summary>Store that this term was heard of; when that is on the disk (or cannot be), say so.</summary>
    public sealed record WriteTerm(long Term) : CibEffect;

    /// <summary>This document gives way to another; keep it aside, before anything else is written.</summary>
    public sealed record KeepLost(CibElement Document) : CibEffect;

    /// <summary>A client's answer.</summary>
    public sealed record Reply(long Client, CibError Error, CibElement? Output, string Problem) : CibEffect;

    /// <summary>The document of this node is another.</summary>
    /// <param name="Patch">From the one before; null: they have nothing to do with each other.</param>
    public sealed record Changed(CibElement Document, CibElement? Patch, bool Configuration) : CibEffect;

    public sealed record Log(LogPriority Priority, string Text) : CibEffect;
}
