using System.Diagnostics;
using Appliance.Cib;
using Appliance.Cib.Requests;
using Appliance.Policy.Model;
using Appliance.Policy.Report;

namespace Appliance.Commands.Crm;

/// <summary>The two commands of <c>crm_resource</c> that take time: until the cluster has nothing to do any more (<c>--wait</c>), and until a resource was stopped and is started again (<c>--restart</c>).</summary>
internal static class ResourceRestart
{
    private const int TimerExpired = 62;

    /// <summary>Pacemaker's, for a cluster that settles.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>An operation's, where the configuration names none; and what is added to it.</summary>
    private static readonly TimeSpan OperationTime = TimeSpan.FromSeconds(20), Grace = TimeSpan.FromSeconds(5);

    public static int Wait(CrmWorld world, ICib cib, ResourceTools.PacemakerOutput view, TimeSpan? timeout)
    {
        var watch = new ClusterWatch(world, cib);
        var clock = Stopwatch.StartNew();
        var limit = timeout is { Ticks: > 0 } given ? given : Longest;
        while (true)
        {
            if (!watch.Read()) return ResourcesOnCib.End(view, PacemakerCodes.NotConnected, bare: true);
            var pending = ClusterWatch.Pending(watch.Plan());
            if (pending.Count == 0) return view.End(0);
            if (clock.Elapsed >= limit)
            {
                if (view.Xml is null) view.Line("Pending actions:\n" + string.Join('\n', pending));
                return ResourcesOnCib.End(view, TimerExpired, bare: true);
            }
            watch.WaitForChange(limit - clock.Elapsed);
        }
    }

    public static int Restart(ResourcesOnCib.Question asked)
    {
        var (resource, id, host) = (asked.Resource!, asked.Options.Resource!, asked.Node);
        if (!IsRunning(resource, host))
        {
            asked.View.Error(host is null ? $"{id} is not running anywhere and so cannot be restarted" : $"{id} is not running on {host.Name} and so cannot be restarted");
            return ResourcesOnCib.End(asked.View, PacemakerCodes.NoSuchObject, bare: true);
        }
        return ResourcesOnCib.End(asked.View, new Work(asked).Run(), bare: true);
    }

    private static bool IsRunning(PolicyResource resource, PolicyNode? host) => host is null ? ResourceReport.Places(resource).Count > 0 : ResourceReport.Places(resource).Exists(n => n.Name == host.Name);

    /// <summary>One restart.</summary>
    private sealed class Work(ResourcesOnCib.Question asked)
    {
        private readonly ClusterWatch _watch = new(asked.World, asked.Cib);
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private readonly ResourcesOnCib.Question _role = asked with { Options = asked.Options with { Resource = asked.Resource!.Parent is Clone ? asked.Resource.Id : asked.Options.Resource, Kind = "meta_attributes", Subject = "target-role", Others = asked.Options.Without("set-name", "nvpair") } };

        // Instances of a clone are stopped on one node by keeping the clone away from it.
        private readonly bool _bans = asked.Resource is Clone && asked.Node is not null;

        public int Run()
        {
            var before = Active(asked.Model);
            var role = OldRole();
            var rc = _bans ? (int)asked.Cib.Perform(ResourceRequests.Ban(asked.Options.Resource!, asked.Node!.Name, promoted: false, null)).Result : ResourceChanges.SetParameter(_role, "stopped", []);
            if (rc != 0)
            {
                asked.View.Error($"Could not set target-role for {asked.Options.Resource}: {PacemakerCodes.Text(rc)}");
                return rc;
            }
            if (!_watch.Read()) return PacemakerCodes.NotConnected;
            var stopped = Active(_watch.Afterwards().Model);
            var stopping = before.FindAll(r => !stopped.Contains(r));
            rc = Until("stop", [.. stopping], running => !running, "shutdown");
            // Whatever came of it, the resource is not left stopped.
            var undone = _bans ? Unban() : role is null ? ResourceChanges.DeleteParameter(_role) : ResourceChanges.SetParameter(_role, role, []);
            if (undone != 0) asked.View.Error($"Could not unset target-role for {asked.Options.Resource}: {PacemakerCodes.Text(undone)}");
            if (rc != 0 || undone != 0) return rc != 0 ? rc : undone;
            return Until("start again", stopping, running => running, "restart");
        }

        private int Unban()
        {
            foreach (var request in ResourceRequests.Clear(asked.Options.Resource!, asked.Node!.Name, bans: true, anyNode: false))
                if (asked.Cib.Perform(request).Result is var result && result is not (CibResult.Ok or CibResult.NoSuchObject)) return (int)result;
            return 0;
        }

        private string? OldRole() =>
            asked.Cib.Perform(ResourceRequests.QueryParameter(Naming.Base(asked.Options.Resource!), "meta_attributes", null, null, "target-role")).Answer is { Name: "nvpair" } pair ? pair["value"] : null;

        /// <summary>Waits until all of these run or not, as is wanted; as long as there are fewer and fewer it goes on.</summary>
        private int Until(string what, List<string> left, Predicate<bool> isDone, string phase)
        {
            if (asked.View.Xml is { } xml)
            {
                if (phase == "shutdown") ListXml(xml, left);
            }
            else if (!_bans)
            {
                asked.View.Line($"Waiting for {left.Count} resources to {what}:");
                Show(left);
            }
            while (left.Count > 0)
            {
                var (count, step) = (left.Count, _clock.Elapsed + (asked.Options.Timeout ?? Grace + 2 * Slowest(left)));
                if (asked.Options.Timeout is { } whole) step = whole;
                while (left.Count > 0 && _clock.Elapsed < step)
                {
                    if (!_watch.Read()) return PacemakerCodes.NotConnected;
                    var active = Active(_watch.Status().Model);
                    left.RemoveAll(r => isDone(active.Contains(r)));
                    if (left.Count > 0) _watch.WaitForChange(step - _clock.Elapsed);
                }
                if (left.Count < count) continue;
                asked.View.Error($"Could not complete {phase} of {asked.Options.Resource}, {left.Count} resources remaining");
                if (asked.View.Xml is null) Show(left);
                return TimerExpired;
            }
            return 0;
        }

        private void Show(List<string> resources)
        {
            foreach (var each in resources) asked.View.Line(" * " + each);
        }

        private void ListXml(FencingTools.XmlText xml, List<string> stopping)
        {
            xml.Open("list", ("name", "transition"), ("count", stopping.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            foreach (var id in stopping)
                foreach (var node in ResourceReport.Find(asked.Model, id, any: true) is { } resource ? ResourceReport.Places(resource) : [])
                    xml.Empty("rsc_action", ("resource", id), ("op", "stop"), ("node", node.Name));
            xml.Close();
        }

        /// <summary>The longest that one of them may take to start or stop.</summary>
        private TimeSpan Slowest(List<string> resources)
        {
            var slowest = OperationTime;
            foreach (var operation in _watch.Document.Element("configuration")?.Element("resources")?.Descendants("op") ?? [])
                if (operation["name"] is "start" or "stop" && resources.Contains(operation.Parent?.Parent?.Id ?? "") && Values.TryMilliseconds(operation["timeout"], out var ms) && TimeSpan.FromMilliseconds(ms) > slowest)
                    slowest = TimeSpan.FromMilliseconds(ms);
            return slowest;
        }

        /// <summary>What runs: of groups the members, since others of them stop too.</summary>
        private List<string> Active(Scheduling model)
        {
            var active = new List<string>();
            foreach (var top in model.Resources)
                foreach (var each in top is Group ? top.Children : [top])
                    if (IsRunning(each, asked.Node)) active.Add(each.Id);
            return active;
        }
    }
}
