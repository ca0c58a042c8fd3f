using System.Collections.Immutable;
using Appliance.Core.Diagnostics;

namespace Appliance.Crm.Membership;

/// <summary>What follows for the rest of the CRM.</summary>
public abstract record MembershipEffect
{
    private MembershipEffect() { }

    public sealed record Say(MembershipWord Word, string? To) : MembershipEffect;

    /// <summary>A node's CRM is there (a new life of it, if it was there before).</summary>
    public sealed record Gained(Member Member) : MembershipEffect;

    /// <summary>A node's CRM is there no longer.</summary>
    /// <param name="Clean">It said that it goes, with nothing running; otherwise it fell silent, or another life of it came.</param>
    public sealed record Lost(Member Member, bool Clean) : MembershipEffect;

    /// <summary>This node decides: every member of the view follows it.</summary>
    public sealed record Elected(long Term, ImmutableArray<Member> Members) : MembershipEffect;

    /// <summary>This node, which decides, has one more follower (again, when the member is known).</summary>
    public sealed record Followed(Member Member) : MembershipEffect;

    /// <summary>This node no longer decides.</summary>
    public sealed record SteppedDown(string Reason) : MembershipEffect;

    /// <summary>This node follows another one; <c>null</c>: nobody, until one is found.</summary>
    public sealed record Follows(string? Dc, long Term) : MembershipEffect;

    public sealed record Log(LogPriority Priority, string Text) : MembershipEffect;
}
