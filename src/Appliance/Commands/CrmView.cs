using System.Collections.Immutable;
using Appliance.Commands.Pages;
using Appliance.Crm.Controller;

namespace Appliance.Commands;

/// <summary>The CRM in <c>appliance status</c>: that it manages, and who decides. Resources are shown by <c>crm_mon</c>.</summary>
/// <param name="Dc">The node that decides; absent: none yet.</param>
/// <param name="State">Of the controller, in Pacemaker's words.</param>
/// <param name="Quorate">Absent: not known yet.</param>
internal sealed record CrmView(string? Dc, string State, bool? Quorate, string FeatureSet, ImmutableArray<CrmMemberView> Nodes)
{
    public static CrmView From(CrmState state)
    {
        var nodes = ImmutableArray.CreateBuilder<CrmMemberView>();
        foreach (var node in state.Nodes) nodes.Add(new(node.Name, node.State));
        return new(state.Dc, state.Controller, state.Quorate, state.FeatureSet, nodes.ToImmutable());
    }

    public static IEnumerable<string> Problems(CrmState? state)
    {
        if (state is null) yield break;
        if (state.Dc is null) yield return "no node of the CRM decides yet";
        else if (state.Quorate == false) yield return $"this partition has no quorum{(state.QuorumReason.Length > 0 ? ": " + state.QuorumReason : "")}";
        foreach (var node in state.Nodes)
            if (node.State != "member") yield return $"the CRM of {node.Name} is {node.State}";
    }

    public void Render(Page page, string self)
    {
        page.WriteLine($"The CRM manages ({State}, feature set {FeatureSet}); {(Dc is null ? "no node decides yet" : Dc == self ? "this node decides" : $"{Dc} decides")}{(Quorate is false ? "; no quorum" : "")}.");
        page.Indented("crm_mon shows its resources.");
    }
}

/// <param name="State"><c>member</c>, <c>pending</c> or <c>lost</c>.</param>
internal sealed record CrmMemberView(string Name, string State);
