using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm.Soak;

/// <summary>Looks at a cluster from all sides at once, and says whatever is not as it must be while nothing is under way.</summary>
/// <remarks>Compares what was asked for, what each node's crm_mon says, the CIB of each node in memory and on disk, and what really runs: state files, addresses, processes.</remarks>
internal sealed class Audit(SoakCluster cluster, Wanted wanted)
{
    /// <summary>What a daemon may gain of descriptors between two quiet moments of its life, and what its processes may come to.</summary>
    private const int MoreDescriptors = 24, DescriptorsAtMost = 160, MemoryAtMostMb = 150;

    private readonly Dictionary<int, (long Started, int Descriptors)> _first = [];

    /// <summary>The largest resident memory of one process seen so far, in MB, and of a control process that was among the oldest.</summary>
    public double LargestMb { get; private set; }

    /// <summary>The node that decided when last all was well.</summary>
    public Host? Dc { get; private set; }

    /// <summary>Where each resource ran when last all was well.</summary>
    public Dictionary<Host, Dictionary<string, string>> Running { get; private set; } = [];

    /// <summary>All complaints; none: the cluster is calm and whole.</summary>
    /// <param name="failures">Failed operations are expected in the status.</param>
    public List<string> Complaints(bool failures = false)
    {
        var wrong = new List<string>();
        var seen = new List<(Host Host, string State, XElement Monitor, string Cib)>();
        foreach (var host in cluster.Hosts.Where(wanted.Up.Contains))
        {
            var said = cluster.Ask(host, $"crmadmin -q -S {host.Name} -t 1s", "crm_mon -1 --output-as=xml", "cibadmin -Q");
            if (said.Length != 3 || Parsed(said[1]) is not { } monitor) return [$"{host.Name} says nothing: {said.FirstOrDefault()}"];
            seen.Add((host, said[0], monitor, said[2]));
        }

        // One DC, which has nothing to do, and all follow it.
        var dcs = seen.Select(s => (string?)s.Monitor.Element("summary")?.Element("current_dc")?.Attribute("name") ?? "none").Distinct().ToList();
        if (dcs.Count != 1) return [$"nodes follow different DCs: {string.Join(' ', dcs)}"];
        foreach (var (host, state, _, _) in seen)
            if (state != (host.Name == dcs[0] ? "S_IDLE" : "S_NOT_DC")) return [$"{host.Name} is in {state}, DC is {dcs[0]}"];

        // One CIB.
        if (seen.Exists(s => s.Cib != seen[0].Cib)) return [$"CIBs differ: {string.Join(" | ", seen.Select(s => s.Host.Name + " " + Version(Parsed(s.Cib))))}"];
        if (Parsed(seen[0].Cib) is not { } cib) return [$"this is no CIB: {seen[0].Cib[..Math.Min(200, seen[0].Cib.Length)]}"];
        var configuration = cib.Element("configuration")!.ToString();
        foreach (var (host, _, _, _) in seen)
            if (OnDisk(host) is not { } disk || disk.Element("configuration")?.ToString() != configuration) wrong.Add($"{host.Name} has another configuration on its disk");
        foreach (var (host, _, monitor, _) in seen)
            if (Told(monitor) != Told(seen[0].Monitor)) wrong.Add($"{host.Name} and {seen[0].Host.Name} tell different things:\n{Told(monitor)}\n{Told(seen[0].Monitor)}");
        Nodes(cib, seen[0].Monitor, wrong);
        var told = Resources(seen[0].Monitor, failures, wrong);
        if (!failures && cib.Descendants("nvpair").Any(n => ((string?)n.Attribute("name"))?.StartsWith("fail-count-", StringComparison.Ordinal) == true)) wrong.Add("fail counts are left");

        var real = cluster.Hosts.ToDictionary(h => h, Really);
        if (!wanted.Maintenance)
        {
            wrong.AddRange(wanted.Misplaced(told));
            Agree(told, real, wrong);
        }
        foreach (var host in cluster.Hosts.Where(h => !wanted.Up.Contains(h) && real[h].Count > 0)) wrong.Add($"{host.Name} is down and has [{string.Join(' ', real[host].Keys)}]");
        foreach (var host in cluster.Hosts.Where(wanted.Up.Contains)) Processes(host, wrong);
        if (wrong.Count == 0) (Dc, Running) = (cluster.Named(dcs[0]), told);
        return wrong;
    }

    /// <summary>Runs on two machines at once, ever; held by two kernels at once, since the instant.</summary>
    public IEnumerable<string> Doubles(long since)
    {
        if (File.Exists(Path.Combine(cluster.Shared, "twice"))) yield return File.ReadAllText(Path.Combine(cluster.Shared, "twice")).Trim();
        foreach (var address in (string[])[SoakCluster.GroupAddress, SoakCluster.MasterAddress])
            if (cluster.HeldTwiceMs(address, since) is > 200 and var ms) yield return string.Create(CultureInfo.InvariantCulture, $"{address} was on two machines at once for {ms:0} ms");
    }

    /// <summary>What a fresh run of the scheduler, on what one node has, would do.</summary>
    public IEnumerable<string> Undone(Host host)
    {
        var output = cluster.Tool(host, "crm_simulate -L -S");
        var from = output.IndexOf("Transition Summary:", StringComparison.Ordinal);
        var until = from < 0 ? -1 : output.IndexOf("Executing Cluster Transition:", from, StringComparison.Ordinal);
        var summary = from < 0 ? "" : (until < 0 ? output[from..] : output[from..until])["Transition Summary:".Length..].Trim();
        if (summary.Length > 0) yield return $"the scheduler would do something: {summary}";
        if (cluster.Try(host, "crm_verify -L") is { Status: not 0 } refused) yield return $"crm_verify: {refused.Output}";
    }

    private void Nodes(XElement cib, XElement monitor, List<string> wrong)
    {
        foreach (var host in cluster.Hosts)
        {
            var node = monitor.Element("nodes")?.Elements("node").FirstOrDefault(n => (string?)n.Attribute("name") == host.Name);
            var up = wanted.Up.Contains(host);
            foreach (var (name, value) in ((string, bool)[])[("online", up), ("unclean", false), ("pending", false), .. up ? [("standby", wanted.Standby.Contains(host))] : Array.Empty<(string, bool)>()])
                if ((string?)node?.Attribute(name) != (value ? "true" : "false")) wrong.Add($"node {host.Name}: {name} is {(string?)node?.Attribute(name) ?? "missing"}");
            var state = cib.Element("status")?.Elements("node_state").FirstOrDefault(n => (string?)n.Attribute("uname") == host.Name);
            if (up && ((string?)state?.Attribute("join"), (string?)state?.Attribute("crmd"), (string?)state?.Attribute("expected")) is not ("member", "online", "member")) wrong.Add($"node_state of {host.Name}: {state?.Attribute("join")} {state?.Attribute("crmd")} {state?.Attribute("expected")}");
        }
        if ((string?)monitor.Element("summary")?.Element("current_dc")?.Attribute("with_quorum") != "true") wrong.Add("no quorum");
    }

    private Dictionary<Host, Dictionary<string, string>> Resources(XElement monitor, bool failures, List<string> wrong)
    {
        var told = cluster.Hosts.ToDictionary(h => h, _ => new Dictionary<string, string>(StringComparer.Ordinal));
        foreach (var resource in monitor.Element("resources")?.Descendants("resource") ?? [])
        {
            var (id, role) = ((string)resource.Attribute("id")!, (string?)resource.Attribute("role") ?? "");
            foreach (var (name, value) in ((string, string)[])[("orphaned", "false"), ("blocked", "false"), ("managed", wanted.Maintenance ? "false" : "true"), .. failures ? Array.Empty<(string, string)>() : [("failed", "false")]])
                if ((string?)resource.Attribute(name) != value) wrong.Add($"{id}: {name} is {(string?)resource.Attribute(name)}");
            if (resource.Attribute("pending") is { } pending) wrong.Add($"{id}: {(string)pending} is under way");
            foreach (var node in resource.Elements("node").Select(n => (string)n.Attribute("name")!)) told[cluster.Named(node)][id] = role;
        }
        if (!failures && monitor.Element("failures") is { HasElements: true } failed)
            wrong.Add($"failed: {string.Join("; ", failed.Elements().Select(f => $"{(string?)f.Attribute("op_key")} on {(string?)f.Attribute("node")}: {(string?)f.Attribute("exitstatus")} {(string?)f.Attribute("exitreason")} {(string?)f.Attribute("status")}"))}");
        return told;
    }

    /// <summary>What runs on a machine as the machine itself knows it, and in what role.</summary>
    public Dictionary<string, string> Really(Host host)
    {
        var real = new Dictionary<string, string>(StringComparer.Ordinal);
        if (host.Holds(SoakCluster.GroupAddress)) real["vip"] = "Started";
        if (host.Holds(SoakCluster.MasterAddress)) real["vip2"] = "Started";
        if (!host.Lives) return real;
        try
        {
            foreach (var file in Directory.GetFiles(host.Root + SoakedAgent.Here, "*.state")) real[Path.GetFileNameWithoutExtension(file)] = "Started";
            if (File.Exists(host.Root + "/run/g2.state")) real["g2"] = "Started";
            if (Role(host.Root + "/run/p.state") is { } role) real["p"] = role;
            return real;
        }
        // It lost its power while it was looked at: its files go first, and a moment later its last process.
        catch (IOException) when (SpinWait.SpinUntil(() => !host.Lives, 2000))
        {
            return real;
        }
    }

    /// <summary>What the file says; null: there is none, or it was taken away between two looks.</summary>
    private static string? Role(string file)
    {
        try { return File.Exists(file) ? File.ReadAllText(file).Trim() : null; }
        catch (FileNotFoundException) { return null; }
    }

    private void Agree(Dictionary<Host, Dictionary<string, string>> told, Dictionary<Host, Dictionary<string, string>> real, List<string> wrong)
    {
        foreach (var host in cluster.Hosts.Where(wanted.Up.Contains))
        {
            var said = Listed(told[host].Where(r => !r.Key.StartsWith("fence-", StringComparison.Ordinal)));
            var found = Listed(real[host]);
            if (said != found) wrong.Add($"{host.Name}: crm_mon says [{said}], the machine [{found}]");
        }

        static string Listed(IEnumerable<KeyValuePair<string, string>> some) => string.Join(' ', some.Select(r => $"{r.Key}:{r.Value}").Order(StringComparer.Ordinal));
    }

    /// <summary>The daemon's processes: none dead and unburied, none that gathers descriptors or memory, no agent left behind.</summary>
    private void Processes(Host host, List<string> wrong)
    {
        var daemons = 0;
        foreach (var pid in host.Processes())
        {
            try
            {
                var stat = File.ReadAllText($"/proc/{pid}/stat");
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                var command = File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');
                if (fields[0] == "Z" && IsDaemon(int.Parse(fields[1], CultureInfo.InvariantCulture))) wrong.Add($"{host.Name}: a child of the daemon is dead and unburied: {stat}");
                if (command.StartsWith("sleep 1000 ", StringComparison.Ordinal)) wrong.Add($"{host.Name}: an agent that hung is left");
                if (!IsDaemon(pid)) continue;
                daemons++;
                var started = long.Parse(fields[19], CultureInfo.InvariantCulture);
                var descriptors = Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;
                if (!_first.TryGetValue(pid, out var first) || first.Started != started) _first[pid] = first = (started, descriptors);
                if (descriptors > first.Descriptors + MoreDescriptors || descriptors > DescriptorsAtMost) wrong.Add($"{host.Name}: {command}has {descriptors} descriptors; it had {first.Descriptors}");
                var mb = long.Parse(fields[21], CultureInfo.InvariantCulture) * Environment.SystemPageSize / 1048576.0;
                LargestMb = Math.Max(LargestMb, mb);
                if (mb > MemoryAtMostMb) wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{host.Name}: {command}has {mb:0} MB"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }      // it ended meanwhile
        }
        if (daemons < 2) wrong.Add($"{host.Name} has {daemons} processes of the daemon");
    }

    /// <summary>By its command line; one that was restarted in place calls itself by its command alone.</summary>
    private static bool IsDaemon(int pid)
    {
        try { return File.ReadAllText($"/proc/{pid}/cmdline").Split('\0') is [var program, var word, ..] && (Path.GetFileName(program), word) is ("appliance", "heartbeat" or "control") or ("heartbeat", _); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return false; }
    }

    /// <summary>What crm_mon says of nodes, resources and failures, without times.</summary>
    private static string Told(XElement monitor)
    {
        var told = new XElement("told", monitor.Element("nodes"), monitor.Element("resources"), monitor.Element("bans"), monitor.Element("failures"));
        return told.ToString();
    }

    private static XElement? OnDisk(Host host)
    {
        var file = Path.Combine(host.Crm, "cib", "cib.xml");
        return File.Exists(file) ? Parsed(File.ReadAllText(file)) : null;
    }

    private static XElement? Parsed(string text)
    {
        try { return XElement.Parse(text); }
        catch (XmlException) { return null; }
    }

    private static string Version(XElement? cib) => $"{(string?)cib?.Attribute("admin_epoch")}.{(string?)cib?.Attribute("epoch")}.{(string?)cib?.Attribute("num_updates")}";
}
