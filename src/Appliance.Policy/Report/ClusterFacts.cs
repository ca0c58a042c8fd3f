using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Report;

/// <summary>What is said of a cluster as a whole, in the words of Pacemaker 2.1.5.</summary>
internal sealed class ClusterFacts(Scheduling model, MonitorScope view)
{
    /// <summary>A cluster option as it is written, old name or new.</summary>
    private string? Written(string name)
    {
        foreach (var set in model.Configuration.Element("crm_config")?.Elements("cluster_property_set") ?? [])
            foreach (var pair in set.Elements("nvpair"))
                if (pair["name"] == name) return pair["value"];
        return null;
    }

    public string Stack => Written("cluster-infrastructure") ?? "unknown";

    public PolicyNode? Dc => model.Dc;

    /// <summary>The name of the node that decides; what its entry says, where it is not known as a node.</summary>
    public string? Version => Written("dc-version");

    public string Quorum => model.Cib["have-quorum"] is { } text && Texts.IsTrue(text) ? "with" : "WITHOUT";

    public bool Quorate => Texts.IsTrue(model.Cib["have-quorum"]);

    /// <summary>Whether nodes differ in what their software can do.</summary>
    public bool Mixed
    {
        get
        {
            string? first = null;
            foreach (var node in model.Nodes)
            {
                if (StatusReport.FeatureSet(node) is not { } features) continue;
                first ??= features;
                if (features != first) return true;
            }
            return false;
        }
    }

    public string Updated => view.Date(model.Now);

    public string Changed => model.Cib["cib-last-written"] ?? "";

    public string? User => model.Cib["update-user"];
    public string? Client => model.Cib["update-client"];
    public string? Origin => model.Cib["update-origin"];

    /// <summary>When the configuration was changed last, by whom, with what and where.</summary>
    public string Change
    {
        get
        {
            var line = Changed;
            if (User is { Length: > 0 } user) line += " by " + user;
            if (Client is { Length: > 0 } client) line += " via " + client;
            if (Origin is { Length: > 0 } origin) line += " on " + origin;
            return line;
        }
    }

    public int Nodes => model.Nodes.Count;

    public string QuorumPolicy => model.Options.NoQuorumPolicy switch
    {
        NoQuorumPolicy.Freeze => "freeze",
        NoQuorumPolicy.Ignore => "ignore",
        NoQuorumPolicy.Demote => "demote",
        NoQuorumPolicy.Fence => "suicide",
        _ => "stop",
    };

    public string QuorumSentence => model.Options.NoQuorumPolicy switch
    {
        NoQuorumPolicy.Freeze => "No quorum policy: Freeze resources",
        NoQuorumPolicy.Ignore => "No quorum policy: Ignore",
        NoQuorumPolicy.Demote => "No quorum policy: Demote promotable resources and stop all other resources",
        NoQuorumPolicy.Fence => "No quorum policy: Suicide",
        _ => "No quorum policy: Stop ALL resources",
    };

    /// <summary>A ticket, and what is recorded of it.</summary>
    public sealed record Held(Ticket Ticket, CibElement? State)
    {
        /// <summary>When it was granted last, in seconds since 1970.</summary>
        public long? LastGranted => Texts.Integer(State?["last-granted"]);
    }

    public List<Held> Tickets()
    {
        var found = new List<Held>();
        foreach (var id in view.Order(model.Tickets.Keys))
        {
            CibElement? state = null;
            foreach (var one in model.Cib.Element("status")?.Element("tickets")?.Elements("ticket_state") ?? [])
                if (one.Id == id) state = one;
            found.Add(new(model.Tickets[id], state));
        }
        return found;
    }

    /// <summary>A constraint that keeps a resource away from a node.</summary>
    public sealed record Ban(string Id, PolicyResource Resource, PolicyNode Node, int Score, bool PromotedOnly);

    public List<Ban> Bans()
    {
        var found = new List<Ban>();
        for (var i = model.Locations.Count - 1; i >= 0; i--)
        {
            var location = model.Locations[i];
            if (!location.Id.StartsWith(view.BanPrefix, StringComparison.Ordinal)) continue;
            var id = StatusReport.Name(location.Resource);
            if (!StatusScope.Shows(view.Status.Resources, id) && !StatusScope.Shows(view.Status.Resources, StatusReport.Name(location.Resource.Top(includeBundle: true)))) continue;
            var nodes = new List<Candidate>(location.Nodes);
            var alternative = IsAlternative(location.Id);
            if (alternative) MergeSort.By(nodes, static (a, b) => NodeNames.Order.Compare(a.Node.Name, b.Node.Name));
            foreach (var candidate in nodes)
            {
                // ... with their own scores in the sum.
                var score = alternative ? Scores.Add(candidate.Node.Score, candidate.Score) : candidate.Score;
                if (score < 0) found.Add(new(location.Id, location.Resource, candidate.Node, score, location.Role == Role.Promoted));
            }
        }
        return found;
    }

    /// <summary>Where one expression of several is enough, 2.1.5 has the nodes in their order.</summary>
    private bool IsAlternative(string rule)
    {
        foreach (var one in model.Configuration.Element("constraints")?.Descendants("rule") ?? [])
            if (one.Id == rule) return one["boolean-op"] == "or";
        return false;
    }

    /// <summary>Failed operations that are shown.</summary>
    public List<CibElement> Failures()
    {
        var found = new List<CibElement>();
        // Of a node's entries without a key (CIBs of old) 2.1.5 knows the first only.
        var keyless = new HashSet<string>(StringComparer.Ordinal);
        foreach (var failed in model.FailedOperations)
        {
            if (failed.Xml["operation_key"] is null && !keyless.Add(failed.Node.Id)) continue;
            if (StatusDetails.IsMasked(failed.Xml) || !StatusScope.Shows(view.Status.Nodes, StatusDetails.Node(failed.Xml))) continue;
            if (!Naming.TryParseKey(failed.Xml["operation_key"] ?? failed.Xml.Id ?? "", out var resource, out _, out _)) continue;
            if (StatusScope.Shows(view.Status.Resources, resource)) found.Add(failed.Xml);
        }
        return found;
    }

    /// <summary>Events of the history that are shown.</summary>
    public List<FencingEvent> Fenced(FencingState state)
    {
        var found = new List<FencingEvent>();
        foreach (var one in view.History ?? [])
            if (one.State == state && StatusScope.Shows(view.Status.Nodes, one.Target)) found.Add(one);
        return found;
    }
}
