using System.Globalization;
using Appliance.Cib;
using Appliance.Linux;
using Appliance.Policy;
using Appliance.Policy.Report;

namespace Appliance.Commands.Crm;

/// <summary>Calls the administrator's program when something was done with a resource, or a node was fenced (<c>--external-agent</c>): what happened is in variables CRM_notify_*.</summary>
internal sealed class MonitorAgent(string? program, string? recipient, bool fencing, CrmWorld world)
{
    private readonly List<RunningProcess> _running = [];
    private Dictionary<string, string>? _known;
    private HashSet<string>? _fenced;

    /// <summary>What is there at the first look is not news.</summary>
    public void Look(PolicyRun? run, MonitorSources sources)
    {
        if (program is null) return;
        _running.RemoveAll(static p =>
        {
            if (p.TryReap() is null) return false;
            p.Dispose();
            return true;
        });
        if (run is not null)
            foreach (var news in News(run.Model.Cib)) Call(news);
        if (fencing && sources.History() is { } history)
            foreach (var news in Fenced(history)) Call(news);
    }

    /// <summary>One call: the variables without their common beginning.</summary>
    public sealed record Notice(string? Node, string? Resource, string Task, int Target, int Code, int Status, string Words)
    {
        public Dictionary<string, string> Variables(string? recipient)
        {
            var all = new Dictionary<string, string>(StringComparer.Ordinal);
            void Set(string name, string? value)
            {
                if (value is not null) all["CRM_notify_" + name] = value;
            }
            Set("recipient", recipient);
            Set("node", Node);
            Set("rsc", Resource);
            Set("task", Task);
            Set("desc", Words);
            Set("rc", Code.ToString(CultureInfo.InvariantCulture));
            Set("target_rc", Target.ToString(CultureInfo.InvariantCulture));
            Set("status", Status.ToString(CultureInfo.InvariantCulture));
            return all;
        }
    }

    /// <summary>Operations whose results are new.</summary>
    public List<Notice> News(CibElement cib)
    {
        var now = new Dictionary<string, string>(StringComparer.Ordinal);
        var news = new List<Notice>();
        foreach (var state in cib.Element("status")?.Elements("node_state") ?? [])
            foreach (var resource in state.Element("lrm")?.Element("lrm_resources")?.Elements("lrm_resource") ?? [])
                foreach (var operation in resource.Elements("lrm_rsc_op"))
                {
                    var place = $"{state.Id} {resource.Id} {operation.Id}";
                    var result = $"{operation["transition-magic"]} {operation["call-id"]} {operation["last-rc-change"]}";
                    now[place] = result;
                    if (_known is not null && _known.GetValueOrDefault(place) != result && Of(state, resource, operation) is { } notice) news.Add(notice);
                }
        _known = now;
        return news;
    }

    private static Notice? Of(CibElement state, CibElement resource, CibElement operation)
    {
        var status = Number(operation["op-status"]);
        if (status < 0) return null;        // it is still going on
        var code = Number(operation["rc-code"]);
        var key = operation["transition-key"]?.Split(':') ?? [];
        var target = key.Length > 2 ? Number(key[2]) : -1;
        // A resource that was looked for and is not there is what was expected.
        if (status == 0 && target == code && code == 7) return null;
        var words = status != 0 ? MonitorReport.StatusWords(status) : target == code ? "OK" : MonitorReport.ResultWords(code);
        return new(state["uname"], resource.Id, operation["operation"] ?? "", target, code, status, words);
    }

    private static int Number(string? text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>Nodes whose fencing ended since.</summary>
    public List<Notice> Fenced(IReadOnlyList<FencingEvent> history)
    {
        var now = new HashSet<string>(StringComparer.Ordinal);
        var news = new List<Notice>();
        foreach (var one in history)
        {
            if (one.Completed is not { } at) continue;
            var ended = string.Create(CultureInfo.InvariantCulture, $"{one.Target} {one.Action} {one.Client} {at}");
            now.Add(ended);
            if (_fenced is not null && !_fenced.Contains(ended))
                news.Add(new(one.Target, null, one.Action, 0, one.State == FencingState.Done ? 0 : 1, 0, $"Operation {one.Action} of {one.Target} by {one.Delegate ?? "nobody"} for {one.Client}@{one.Origin}: {(one.State == FencingState.Done ? "OK" : one.Reason is { Length: > 0 } ? one.Reason : "failed")}"));
        }
        _fenced = now;
        return news;
    }

    private void Call(Notice notice)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables()) environment[(string)variable.Key] = (string?)variable.Value ?? "";
        foreach (var (name, value) in notice.Variables(recipient)) environment[name] = value;
        try
        {
            _running.Add(RunningProcess.Start(new(program!, [], environment)));
        }
        catch (LinuxException problem)
        {
            world.Errors.Write($"crm_mon: {program}: {problem.Message}\n");
        }
    }
}
