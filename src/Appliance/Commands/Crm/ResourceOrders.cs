using System.Globalization;
using Appliance.Cib;
using Appliance.Cib.Requests;
using Appliance.Control;
using Appliance.Linux;
using Appliance.Policy;
using Appliance.Policy.Model;
using Appliance.Policy.Report;

namespace Appliance.Commands.Crm;

/// <summary>What <c>crm_resource</c> has a running cluster do with resources: forget their failures or all that is known of them, and take one for failed.</summary>
internal static class ResourceOrders
{
    private const int Invalid = 22, Refused = 111;

    /// <summary>Replies of controllers, as Pacemaker counts them for people: one that comes while more is asked for is told in between.</summary>
    private sealed class Replies(ResourcesOnCib.Question asked)
    {
        private bool _open;

        /// <summary>One more is asked for.</summary>
        public void Expect()
        {
            if (_open) asked.Say("... got reply");
            _open = true;
        }

        public void Wait()
        {
            if (!_open) return;
            asked.Say("Waiting for 1 reply from the controller");
            asked.Say("... got reply (done)");
        }
    }

    /// <param name="everything">All that is known (<c>--refresh</c>), and not failures alone (<c>--cleanup</c>).</param>
    public static int Forget(ResourcesOnCib.Question asked, bool everything)
    {
        var replies = new Replies(asked);
        var options = asked.Options;
        long? interval = options["interval"] is { } text && Values.TryMilliseconds(text, out var ms) ? ms : options["operation"] is null ? null : 0;
        var rc = 0;
        if (asked.Resource is { } resource)
        {
            Forget(options.Has("force") ? resource : resource.Top());
            if (rc == 0) Checks(asked, resource);
        }
        else
        {
            rc = Ask(new("cleanup") { Host = asked.Node?.Name, Action = options["operation"], IntervalMs = interval, Everything = everything });
            if (everything) replies.Expect();
            else
            {
                if (rc == 0) asked.Say($"Cleaned up all resources on {asked.Node?.Name ?? "all nodes"}");
                if (HasFailed(null, asked.Node)) replies.Expect();
            }
        }
        if (rc == 0) replies.Wait();
        return ResourcesOnCib.End(asked.View, rc);

        void Forget(PolicyResource each)
        {
            foreach (var child in each.Children) Forget(child);
            if (each.Children.Count > 0) return;
            foreach (var node in asked.Node is not null ? [asked.Node] : InTheirOrder(each.Known.Count > 0 ? each.Known : asked.Model.Nodes))
            {
                if (rc != 0 || asked.Node is null && !node.Online) continue;
                if (everything || HasFailed(each, node)) replies.Expect();
                rc = Ask(new("cleanup") { Host = node.Name, Resource = HistoryName(each), Action = options["operation"], IntervalMs = interval, Everything = everything });
                if (rc == 0) asked.Say($"Cleaned up {each.Id} on {node.Name}");
            }
        }

        int Ask(CrmRequest request) => asked.World.Ask(request) is { } reply ? PacemakerCodes.FromLegacy(reply.Error) : Refused;

        bool HasFailed(PolicyResource? of, PolicyNode? at) => asked.Model.FailedOperations.Exists(f => (at is null || f.Node == at) && (of is null || f.Xml.Parent?.Id == HistoryName(of)));
    }

    /// <summary>As 2.1.5 goes through them: a table's values are put in front of each other.</summary>
    private static IEnumerable<PolicyNode> InTheirOrder(IReadOnlyList<PolicyNode> nodes) =>
        GlibOrder.Of(nodes.Select(n => n.Id)).Select(id => nodes.First(n => n.Id == id)).Reverse();

    /// <summary>The name that a resource's history goes by: instances of an anonymous clone have one name.</summary>
    private static string HistoryName(PolicyResource resource) => resource.Unique ? resource.Id : Naming.Base(resource.Id);

    /// <summary>Why it may not start though nothing counts against it any more.</summary>
    private static void Checks(ResourcesOnCib.Question asked, PolicyResource resource)
    {
        var checks = ResourceReport.Checks(asked.Model, resource);
        if (asked.View.Xml is not { } xml)
        {
            foreach (var check in checks) asked.View.Line(check.Text);
            return;
        }
        var attributes = new List<(string, string?)> { ("id", resource.Top().Id) };
        foreach (var check in checks) attributes.Add((check.Attribute, check.Value));
        xml.Empty("check", [.. attributes]);
    }

    public static int Fail(ResourcesOnCib.Question asked)
    {
        var id = asked.Options.Resource!;
        if (ResourceReport.Find(asked.Model, id, any: false) is not { } resource)
        {
            asked.View.Error($"Resource {id} not found");
            return ResourcesOnCib.End(asked.View, PacemakerCodes.NoSuchObject, bare: true);
        }
        if (resource is not Primitive)
        {
            asked.View.Error($"We can only process primitive resources, not {id}");
            return ResourcesOnCib.End(asked.View, Invalid, bare: true);
        }
        var rc = asked.World.Ask(new("fail") { Host = asked.Node!.Name, Resource = HistoryName(resource) }) is { } reply ? PacemakerCodes.FromLegacy(reply.Error) : Refused;
        if (rc != 0) return ResourcesOnCib.End(asked.View, rc, bare: true);
        var replies = new Replies(asked);
        replies.Expect();
        replies.Wait();
        return asked.View.End(0);
    }
}
