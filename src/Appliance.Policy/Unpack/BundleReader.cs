using System.Text;
using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>Bundles: containers, their addresses and connections, and what runs inside, all made from one definition.</summary>
internal sealed class BundleReader
{
    // Build settings of Pacemaker; digests in a CIB cover them, so other paths would restart every bundle.
    private const string RemotePort = "3121";
    private const string Key = "/etc/pacemaker/authkey";
    private const string LogFolder = "/var/log/pacemaker/bundles";
    private const string Executor = "/usr/sbin/pacemaker-remoted";

    private sealed record Mount(string Source, string Target, string? Options, bool Own);

    private sealed record Port(string Source, string Target);

    private readonly Scheduling _model;
    private readonly Bundle _bundle;
    private readonly CibElement _container;
    private readonly CibElement? _network;
    private readonly List<Mount> _mounts = [];
    private readonly List<Port> _ports = [];

    private BundleReader(Scheduling model, Bundle bundle, CibElement container)
    {
        (_model, _bundle, _container) = (model, bundle, container);
        _network = bundle.Xml.Element("network");
    }

    public static bool Unpack(Scheduling model, Bundle bundle)
    {
        var container = bundle.Xml.Element("docker") ?? bundle.Xml.Element("podman");
        if (container is null) return false;
        return new BundleReader(model, bundle, container).Unpack();
    }

    private bool Unpack()
    {
        var promoted = (int)Math.Max(0, Texts.Integer(_container["promoted-max"] ?? _container["masters"]) ?? 0);
        _bundle.Agent = _container.Name;
        _bundle.Image = _container["image"];
        _bundle.PromotedMax = promoted;
        _bundle.Max = ResourcesReader.Possible(_model, (int)Math.Clamp(Texts.Integer(_container["replicas"]) ?? (promoted > 0 ? promoted : 1), 1, int.MaxValue), nodes: true);
        _bundle.NodeMax = (int)Math.Max(1, Texts.Integer(_container["replicas-per-host"]) ?? 1);
        if (_bundle.NodeMax > 1) _bundle.Set(ResourceFlags.Unique);
        else _bundle.Clear(ResourceFlags.Unique);
        // One port can be opened once a node; that the bundle is called unique stays.
        if (_bundle.Xml.Element("primitive") is not null && _network is not null && _network["ip-range-start"] is null && _network["control-port"] is not null) _bundle.NodeMax = 1;
        foreach (var mapping in _network?.Elements("port-mapping") ?? [])
        {
            var port = mapping["port"];
            if ((port ?? mapping["range"]) is not { Length: > 0 } source) continue;
            _ports.Add(new(source, port is null ? source : mapping["internal-port"] ?? source));
        }
        var needsLog = true;
        foreach (var mapping in _bundle.Xml.Element("storage")?.Elements("storage-mapping") ?? [])
        {
            var own = mapping["source-dir"] is null;
            if ((mapping["source-dir"] ?? mapping["source-dir-root"]) is not { } source || mapping["target-dir"] is not { } target) continue;
            _mounts.Add(new(source, target, mapping["options"], own));
            if (target == "/var/log") needsLog = false;
        }
        var inner = _bundle.Xml.Element("primitive");
        // One port of a host belongs to one container.
        if (inner is not null && _network?["ip-range-start"] is null && _network?["control-port"] is not null) _bundle.NodeMax = 1;
        // What runs inside is reached through the network; without one the bundle is none.
        if (inner is not null && !(HasNetwork && UnpackInner(_model.Resolve(inner), needsLog))) return false;
        if (inner is null) for (var i = 0; i < _bundle.Max; i++) _bundle.Replicas.Add(new Replica(i));
        var hosts = AllocateAddresses();
        foreach (var replica in _bundle.Replicas)
        {
            AddContainer(replica, hosts);
            AddAddress(replica);
            AddConnection(replica);
            if (replica.Child is null) continue;
            if (replica.IpAddress is not null) replica.Child.Meta["external-ip"] = replica.IpAddress;
            foreach (var (name, value) in replica.Child.Utilization) replica.Container!.Utilization[name] = value;
            replica.Child.Utilization.Clear();
        }
        if (_bundle.Inner is not null) _bundle.Children.Add(_bundle.Inner);
        return true;
    }

    private bool HasNetwork => _network?["ip-range-start"] is not null || _network?["control-port"] is not null;

    private bool UnpackInner(CibElement primitive, bool needsLog)
    {
        var id = $"{_bundle.Id}-{(_bundle.PromotedMax > 0 ? "master" : "clone")}";
        var clone = new CibElement("clone").Set("id", id);
        var meta = clone.Add("meta_attributes").Set("id", $"{id}-meta");
        void Set(string name, string value) => meta.Add("nvpair").Set("id", $"{meta.Id}-{name}").Set("name", name).Set("value", value);
        Set("ordered", "true");
        Set("clone-max", Texts.Text(_bundle.Max));
        Set("clone-node-max", Texts.Text(_bundle.NodeMax));
        Set("globally-unique", _bundle.NodeMax > 1 ? "true" : "false");
        if (_bundle.PromotedMax > 0)
        {
            Set("promotable", "true");
            Set("promoted-max", Texts.Text(_bundle.PromotedMax));
        }
        clone.Add(primitive.Clone());
        _mounts.Add(new(Key, Key, null, false));
        if (needsLog) _mounts.Add(new(LogFolder, "/var/log", null, true));
        var port = _network?["control-port"] ?? RemotePort;
        _ports.Add(new(port, port));
        if (ResourcesReader.Unpack(_model, clone, _bundle) is not Clone inner) return false;
        _bundle.Inner = inner;
        string? target = null;
        for (var i = 0; i < inner.Children.Count; i++)
        {
            var child = inner.Children[i];
            child.Set(ResourceFlags.ExclusiveDiscovery);
            if (child.Has(ResourceFlags.Notify)) inner.Set(ResourceFlags.Notify);
            _bundle.Replicas.Add(new Replica(i) { Child = child });
            target = child.Meta.GetValueOrDefault("container-attribute-target") ?? target;
        }
        if (target is null) return true;
        inner.Meta["container-attribute-target"] = target;
        _bundle.Meta["container-attribute-target"] = target;
        return true;
    }

    private string AllocateAddresses()
    {
        var hosts = new StringBuilder();
        var next = _network?["ip-range-start"];
        foreach (var replica in _bundle.Replicas)
        {
            if (next is null) break;
            replica.IpAddress = next;
            hosts.Append(Texts.Boolean(_network!["add-host"]) == false ? $" --hosts-entry={next}={_bundle.Id}-{replica.Offset}" : $" --add-host={_bundle.Id}-{replica.Offset}:{next}");
            next = Following(next);
        }
        return hosts.ToString();
    }

    /// <summary>The address after one: after x.y.z.254 comes x.y.(z+1).1.</summary>
    private static string? Following(string address)
    {
        var parts = address.Split('.');
        if (parts.Length != 4) return null;
        var (third, fourth) = (Texts.Integer(parts[2]), Texts.Integer(parts[3]));
        if (third is null || fourth is null) return null;
        if (fourth <= 253) return $"{parts[0]}.{parts[1]}.{third}.{fourth + 1}";
        return third > 253 ? null : $"{parts[0]}.{parts[1]}.{third + 1}.1";
    }

    private static CibElement Primitive(string id, string type, string setId, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var xml = new CibElement("primitive").Set("id", id).Set("class", "ocf").Set("provider", "heartbeat").Set("type", type);
        var set = xml.Add("instance_attributes").Set("id", setId);
        foreach (var (name, value) in parameters) set.Add("nvpair").Set("id", $"{setId}-{name}").Set("name", name).Set("value", value);
        xml.Add("operations").Set("id", $"{id}-operations").Add("op").Set("id", $"{id}-monitor-interval-60s").Set("name", "monitor").Set("interval", "60s");
        return xml;
    }

    private void AddContainer(Replica replica, string hosts)
    {
        var options = new StringBuilder();
        if (_bundle.Agent == "docker") options.Append(" --restart=no");
        if (_network?["ip-range-start"] is not null) options.Append($" -h {_bundle.Id}-{replica.Offset}");
        options.Append(" -e PCMK_stderr=1");
        var net = _container["network"];
        if (net is not null) options.Append($" --net={net}");
        options.Append($" -e PCMK_remote_port={_network?["control-port"] ?? RemotePort}");
        var folders = new List<string>();
        foreach (var mount in _mounts)
        {
            var source = mount.Own ? $"{mount.Source}/{_bundle.Id}-{replica.Offset}" : mount.Source;
            if (mount.Own) folders.Add(source);
            options.Append($" -v {source}:{mount.Target}{(mount.Options is null ? "" : ":" + mount.Options)}");
        }
        foreach (var port in _ports)
        {
            if (replica.IpAddress is not null) options.Append($" -p {replica.IpAddress}:{port.Source}:{port.Target}");
            else if (net != "host") options.Append($" -p {port.Source}:{port.Target}");
        }
        if (_container["options"] is { } launcher) options.Append(' ').Append(launcher);
        options.Append(' ').Append(hosts);       // the blank stands there even alone: digests cover it
        var parameters = new List<KeyValuePair<string, string>>
        {
            new("image", _bundle.Image ?? ""), new("allow_pull", "true"), new("force_kill", "false"), new("reuse", "false"),
            new("run_opts", options.ToString()), new("mount_points", string.Join(',', folders)),
        };
        if ((_container["run-command"] ?? (replica.Child is null ? null : Executor)) is { } command) parameters.Add(new("run_cmd", command));
        parameters.Add(new("monitor_cmd", "/bin/true"));
        replica.Container = Make(Primitive($"{_bundle.Id}-{_bundle.Agent}-{replica.Offset}", _bundle.Agent, $"{_bundle.Id}-attributes-{replica.Offset}", parameters));
        replica.Container.Set(ResourceFlags.Replica);
    }

    private PolicyResource Make(CibElement xml)
    {
        var resource = ResourcesReader.Unpack(_model, xml, _bundle)!;
        _bundle.Children.Add(resource);
        return resource;
    }

    private void AddAddress(Replica replica)
    {
        if (replica.IpAddress is not { } address) return;
        var parameters = new List<KeyValuePair<string, string>> { new("ip", address) };
        if (_network!["host-interface"] is { } nic) parameters.Add(new("nic", nic));
        parameters.Add(new("cidr_netmask", _network["host-netmask"] ?? "32"));
        replica.Ip = Make(Primitive($"{_bundle.Id}-ip-{address}", "IPaddr2", $"{_bundle.Id}-attributes-{replica.Offset}", parameters));
    }

    private void AddConnection(Replica replica)
    {
        if (replica.Child is not { } child || !HasNetwork) return;
        var name = $"{_bundle.Id}-{replica.Offset}";
        if (_model.Find(name) is not null) name = $"pcmk-internal-{child.Id}-remote-{replica.Offset}";
        var node = _model.FindNode(name) ?? NodesReader.Create(_model, name, name, NodeKind.Remote, -Scores.Infinity);
        node.Score = -Scores.Infinity;
        node.Discovery = Discovery.Never;
        foreach (var resource in _model.Resources) Disallow(resource, node);
        replica.Node = node;
        child.Allowed = new();
        child.Allowed.Add(new Candidate(node, 500, Discovery.Exclusive));
        child.Parent!.Allowed.Add(new Candidate(node, -Scores.Infinity, Discovery.Exclusive));
        var xml = RemoteNodes.ConnectionXml(name, replica.Container!.Id, null, null, null, replica.IpAddress ?? "#uname", _network!["control-port"] ?? RemotePort);
        var remote = ResourcesReader.Unpack(_model, xml, _bundle)!;
        _bundle.Children.Add(remote);
        replica.Remote = remote;
        foreach (var candidate in remote.Allowed)
            if (candidate.Node.IsRemoteKind) candidate.Score = -Scores.Infinity;
        node.Connection = remote;
        remote.Launcher = replica.Container;
        node.Attributes["#kind"] = "container";
    }

    private static void Disallow(PolicyResource resource, PolicyNode node)
    {
        if (resource.Allowed[node] is { } candidate)
        {
            candidate.Score = -Scores.Infinity;
            candidate.Discovery = Discovery.Never;
        }
        foreach (var child in resource.Children) Disallow(child, node);
    }
}
