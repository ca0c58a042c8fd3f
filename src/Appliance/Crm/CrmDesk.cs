using Appliance.Cib;
using Appliance.Control;
using Appliance.Crm.Controller;
using Appliance.Crm.Store;
using AttributeChange = Appliance.Crm.Attributes.AttributeChange;

namespace Appliance.Crm;

/// <summary>What tools ask of the CRM, as questions for its host, and the answers. On the control thread only.</summary>
/// <param name="ask">Gives the host a question; the answer comes once, here or later. Returns the client's number.</param>
/// <param name="hang">Tells the host that nobody waits for that answer any more; it does not come then.</param>
/// <param name="mostWaiting">Questions without an answer; each is one of the command socket's clients.</param>
internal sealed class CrmDesk(Func<CrmQuestion, Action<CrmAnswer>, long> ask, Action<long> hang, int mostWaiting = 256)
{
    /// <summary>How long a request to the CIB waits where its client says nothing (Pacemaker's clients: 30 s), and at most.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(30), AtMost = TimeSpan.FromHours(1);

    private readonly Dictionary<Action<ControlAnswer>, long> _waiting = [];

    /// <summary>Questions without an answer.</summary>
    public int Waiting => _waiting.Count;

    /// <param name="user">On whose behalf: the CIB's ACLs judge who is not the cluster's own.</param>
    /// <param name="answer">Called once, now or later; another one for each request.</param>
    public void Ask(ControlRequest request, CrmUser user, Action<ControlAnswer> answer)
    {
        if (request.Crm is not { } asked || CrmQuestions.Read(asked, user, Within, AtMost) is not { } question)
        {
            answer(ControlAnswer.Failed("the CRM does not know this question"));
            return;
        }
        if (CrmQuestions.Fault(asked) is { } fault)
        {
            answer(new(true, Crm: new((int)CibError.Invalid) { Problem = fault }));
            return;
        }
        if (_waiting.Count >= mostWaiting)
        {
            answer(ControlAnswer.Failed("the daemon is busy; try again"));
            return;
        }
        if (user.MayActFor || question is CrmQuestion.Cib or CrmQuestion.NextChange or CrmQuestion.GetAttributes or CrmQuestion.State or CrmQuestion.StateOf)
        {
            Pass(question, answer);
            return;
        }
        // What is no request to the CIB no ACL judges. Whoever may not write into the status may not have it written either (as Pacemaker's attribute manager has it, by the user it writes for).
        Pass(CrmQuestions.Trial(user, Within), answer, judged =>
        {
            if (judged is CrmAnswer.Cib { Error: CibError.None }) Pass(question, answer);
            else answer(new(true, Crm: CrmQuestions.Write(judged)));
        });
    }

    private void Pass(CrmQuestion question, Action<ControlAnswer> answer, Action<CrmAnswer>? then = null)
    {
        var answered = false;
        var client = ask(question, with =>
        {
            answered = true;
            _waiting.Remove(answer);
            if (then is null) answer(new(true, Crm: CrmQuestions.Write(with)));
            else then(with);
        });
        if (!answered) _waiting[answer] = client;
    }

    /// <summary>A client that waited for this answer is gone.</summary>
    public void Hung(Action<ControlAnswer> answer)
    {
        if (_waiting.Remove(answer, out var client)) hang(client);
    }
}

/// <summary>Questions and answers, as they go over the socket and as the core has them.</summary>
internal static class CrmQuestions
{
    /// <returns><c>null</c>: it makes no sense.</returns>
    public static CrmQuestion? Read(CrmRequest asked, CrmUser user, TimeSpan within, TimeSpan atMost)
    {
        if (asked.WithinMs is > 0 and var ms) within = ms < atMost.TotalMilliseconds ? TimeSpan.FromMilliseconds(ms) : atMost;
        switch (asked.Ask)
        {
            case "cib": return ReadCib(asked, user) is { } request ? new CrmQuestion.Cib(request, within) : null;
            case "change": return new CrmQuestion.NextChange(asked.Version ?? "", within);
            case "set" when asked.Attributes is { } changes:
                var all = new List<AttributeChange>(changes.Count);
                foreach (var change in changes)
                {
                    if (string.IsNullOrEmpty(change.Name) || change.DampeningMs is < 0) return null;
                    all.Add(new(change.Name, change.Host ?? "", change.Value)
                    {
                        Set = change.Set, IsPrivate = change.IsPrivate, DampeningOnly = change.DampeningOnly, Dampening = change.DampeningMs is { } gather ? TimeSpan.FromMilliseconds(Math.Min(gather, int.MaxValue)) : null,
                    });
                }
                return new CrmQuestion.SetAttributes(all);
            case "get": return new CrmQuestion.GetAttributes(asked.Name, asked.Host);
            case "cleanup": return new CrmQuestion.Cleanup(asked.Host, asked.Resource, asked.Action, asked.IntervalMs, asked.Everything);
            case "fail" when asked is { Host: { } host, Resource: { } resource }: return new CrmQuestion.Fail(host, resource);
            case "remove" when asked.Name is { Length: > 0 } name: return new CrmQuestion.RemoveNode(name);
            case "state": return asked.Host is { } of ? new CrmQuestion.StateOf(of) : new CrmQuestion.State();
            default: return null;
        }
    }

    /// <summary>A change of the status that is only tried, by the same user.</summary>
    public static CrmQuestion Trial(CrmUser user, TimeSpan within)
    {
        var status = new CibElement("status");
        // Elements that have an id alone anybody may make: they count for nothing.
        status.Add("node_state").Set("id", "trial").Add("transient_attributes").Set("id", "trial").Add("instance_attributes").Set("id", "trial").Add("nvpair").Set("id", "trial-trial").Set("name", "trial").Set("value", "1");
        return new CrmQuestion.Cib(new(CibOperation.Modify, "status", status, CibOptions.CanCreate | CibOptions.DryRun) { User = user.Name, Groups = user.Groups, Client = "trial" }, within);
    }

    /// <summary>What the CRM is not told, whoever asks: words that no document can hold.</summary>
    public static string? Fault(CrmRequest asked)
    {
        foreach (var word in (string?[])[asked.Name, asked.Host, asked.Resource, asked.Action])
            if (!IsText(word)) return $"{word} is no name";
        foreach (var change in asked.Attributes ?? [])
        {
            foreach (var word in (string?[])[change.Name, change.Host, change.Set])
                if (!IsText(word)) return $"{word} is no name";
            if (!IsText(change.Value)) return $"the value of {change.Name} is no text that a document can hold";
        }
        return null;
    }

    /// <summary>XML 1.0, section 2.2.</summary>
    private static bool IsText(string? word)
    {
        for (var i = 0; i < word?.Length; i++)
        {
            if (char.IsHighSurrogate(word[i]) && i + 1 < word.Length && char.IsLowSurrogate(word[i + 1])) i++;
            else if (word[i] is < ' ' and not ('\t' or '\n' or '\r') or (>= '\uD800' and <= '\uDFFF') or '\uFFFE' or '\uFFFF') return false;
        }
        return true;
    }

    private static CibRequest? ReadCib(CrmRequest asked, CrmUser user)
    {
        CibOperation? operation = asked.Operation switch
        {
            "query" => CibOperation.Query, "create" => CibOperation.Create, "modify" => CibOperation.Modify, "replace" => CibOperation.Replace, "delete" => CibOperation.Delete, "erase" => CibOperation.Erase,
            "bump" => CibOperation.Bump, "upgrade" => CibOperation.Upgrade, "patch" => CibOperation.ApplyPatch, "commit" => CibOperation.Commit, _ => null,
        };
        if (operation is null) return null;
        var steps = new List<CibRequest>();
        foreach (var each in asked.Steps ?? [])
        {
            // A transaction in a transaction is none that Pacemaker knows; and nobody's request may be as deep as the stack.
            if (each.Steps is not null || ReadCib(each, user) is not { } step) return null;
            steps.Add(step);
        }
        return new(operation.Value, asked.Section, asked.Input?.Root, (CibOptions)asked.Options)
        {
            User = user.MayActFor ? asked.User ?? user.Name : user.Name, Groups = user.MayActFor ? asked.Groups ?? [] : user.Groups, Client = asked.Client, SchemaLimit = asked.SchemaLimit, Steps = steps,
        };
    }

    public static CrmReply Write(CrmAnswer answer) => answer switch
    {
        CrmAnswer.Cib cib => new((int)cib.Error) { Output = XmlInJson.Of(cib.Output), Problem = cib.Problem is "" ? null : cib.Problem },
        CrmAnswer.Version version => new(0) { Version = version.Text },
        CrmAnswer.Attributes attributes => new(0) { Attributes = Views(attributes.Values) },
        CrmAnswer.Refused refused => new((int)refused.Error) { Problem = refused.Problem },
        CrmAnswer.State { Now: var now } => new(0) { State = View(now) },
        CrmAnswer.StateOf of => new(0) { Controller = of.Word },
        _ => new(0),
    };

    private static List<AttributeView> Views(IReadOnlyList<AttributeChange> values)
    {
        var views = new List<AttributeView>(values.Count);
        foreach (var value in values) views.Add(new(value.Name, value.Host, value.Value, value.Set, (long?)value.Dampening?.TotalMilliseconds, value.IsPrivate));
        return views;
    }

    private static CrmStateView View(CrmState now)
    {
        var nodes = new List<CrmNodeView>(now.Nodes.Count);
        foreach (var node in now.Nodes) nodes.Add(new(node.Name, node.Id, node.State));
        return new(now.Self, now.Dc, now.Controller, now.Quorate, now.QuorumReason, nodes, now.FeatureSet, now.Progress, now.IsSettled);
    }
}
