using Appliance.Cib;
using Appliance.Control;
using Appliance.Core.Diagnostics;
using Appliance.Crm.Controller;
using Appliance.Crm.Transition;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Policy;

namespace Appliance.Crm;

/// <summary>Has the policy engine look at documents, on a thread of its own; what it cannot do is an answer as well.</summary>
internal sealed class PolicyDesk(Inbox inbox, ApplianceLog log) : IDisposable
{
    /// <summary>Relations between resources are followed by recursion: a thousand resources in one chain need a tenth of it.</summary>
    private const int StackBytes = 8 * 1024 * 1024;

    private readonly WorkerThreads _worker = new("policy", 1, StackBytes);

    /// <param name="answered">Called on the control thread, always.</param>
    public void Ask(CrmEffect.RunPolicy question, Action<PolicyAnswer> answered) => _worker.Start(() =>
    {
        var answer = Answer(question);
        inbox.Post(new ControlInput.Found(() => answered(answer)));
    });

    /// <summary>Has something else looked up in a document, beside the control thread.</summary>
    public void Look(Action work) => _worker.Start(() =>
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            log.Error($"the CIB could not be looked at: {e.GetType().Name}: {e.Message} {e.StackTrace}");
        }
    });

    public void Dispose() => _worker.Dispose();

    /// <summary>What the policy engine says of a document.</summary>
    public static PolicyAnswer Answer(CrmEffect.RunPolicy question)
    {
        var lines = new List<(LogPriority Priority, string Text)>();
        try
        {
            // A copy, whatever it is: the engine's own marks must not be seen by whoever else reads the document.
            if (SchemaUpgrade.ToLatest(question.Document, "the CIB", out var problems) is not { } cib)
            {
                foreach (var problem in problems) lines.Add((LogPriority.Error, problem.ToString()));
                return new(question.Question, null, PolicyVerdict.Error, 0, lines);
            }
            var now = question.Now.ToUnixTimeSeconds();
            var run = PolicyRun.Schedule(cib, now, PosixPattern.Of, question.Question, secretsBlotted: false, offset: (int)question.Now.Offset.TotalSeconds, noted: false);
            var verdict = PolicyVerdict.Fine;
            foreach (var complaint in run.Model.Complaints)
            {
                lines.Add((complaint.IsError ? LogPriority.Error : LogPriority.Warn, complaint.Text));
                if (!complaint.Counts) continue;
                if (complaint.IsError) verdict = PolicyVerdict.Error;
                else if (verdict == PolicyVerdict.Fine) verdict = PolicyVerdict.Warning;
            }
            foreach (var change in run.Changes) lines.Add((LogPriority.Notice, $"Actions: {change}"));
            return new(question.Question, run.Graph, verdict, run.Model.RecheckBy, lines);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            lines.Add((LogPriority.Crit, $"the policy engine failed: {e.GetType().Name}: {e.Message} {e.StackTrace?.ReplaceLineEndings(" ")}"));
            return new(question.Question, null, PolicyVerdict.Error, 0, lines);
        }
    }
}
