using System.Globalization;
using Appliance.Cib;
using Appliance.Control;
using Appliance.Lrm.Agents;
using AttributeChange = Appliance.Lrm.Agents.AttributeChange;

namespace Appliance.Crm;

/// <summary>The attributes of a cluster whose CRM is in this process: built-in agents leave what they find out of the node with its attribute manager.</summary>
/// <param name="post">Hands a question to control's thread (<see cref="CrmDesk.Ask"/>); <c>false</c>: it has no room.</param>
internal sealed class ClusterAttributes(Func<ControlRequest, Action<ControlAnswer>, bool> post) : INodeAttributes
{
    /// <summary>While nobody decides an attribute waits, and the agent with it; no longer than it has itself.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public string? Change(AttributeChange change, AgentCall call)
    {
        var answered = new TaskCompletionSource<ControlAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!post(new("crm", Crm: new("set") { Attributes = [View(change)] }), answer => answered.TrySetResult(answer))) return "the daemon is busy";
        var within = call.Timeout < Longest ? call.Timeout : Longest;
        if (!answered.Task.Wait((int)within.TotalMilliseconds, call.Cancel)) return string.Create(CultureInfo.InvariantCulture, $"nobody took it in {within.TotalSeconds:0} s");
        var answer = answered.Task.Result;
        return answer is { Ok: true, Crm.Error: 0 } ? null : answer.Error ?? answer.Crm?.Problem ?? string.Create(CultureInfo.InvariantCulture, $"error {answer.Crm?.Error}");
    }

    private static AttributeView View(AttributeChange change) =>
        new(change.Name, "", change.Value, DampeningMs: change.Dampening.Length > 0 && Values.TryMilliseconds(change.Dampening, out var ms) ? ms : change.ChangesDampening ? 0 : null);
}
