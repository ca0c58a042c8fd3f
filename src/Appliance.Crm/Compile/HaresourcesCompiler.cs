using System.Collections.Immutable;
using System.Globalization;
using Appliance.Cib;
using Appliance.Configuration;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Crm.Controller;
using Appliance.Stonith.Configured;
using Appliance.Stonith.Devices;

namespace Appliance.Crm.Compile;

/// <summary>A document, and what whoever reads it should know.</summary>
public sealed record CompiledCib(CibElement Cib, ImmutableArray<Diagnostic> Notes);

/// <summary>haresources and ha.cf as a CIB: what the v1 resource manager does with the three files, the CRM does with this.</summary>
/// <remarks>
/// The shape and the names (<c>group_1</c>, <c>IPaddr_10_0_0_1</c>, score 100 for the preferred node) are those of heartbeat's own haresources2cib, which people know.
/// </remarks>
public sealed class HaresourcesCompiler
{
    /// <summary>The score of the node that a line names. Anything above 0 does; 100 is what haresources2cib wrote.</summary>
    private const string Preferred = "100";

    /// <summary>More than any preference, and less than INFINITY, which haresources2cib wrote: with that, <c>crm_resource --move</c> moves nothing.</summary>
    private const string Stays = "100000";

    /// <summary>What <c>cluster-infrastructure</c> says: schemas since 3.0 refuse heartbeat.</summary>
    public const string Infrastructure = "appliance";

    private readonly HaCf _haCf;
    private readonly Func<ResourceSpec, AgentForm> _forms;
    private readonly List<Diagnostic> _notes = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly CibElement _nodes = new("nodes"), _options = new("crm_config"), _resources = new("resources"), _constraints = new("constraints");

    private HaresourcesCompiler(HaCf haCf, Func<ResourceSpec, AgentForm> forms) => (_haCf, _forms) = (haCf, forms);

    /// <param name="forms">What agent an entry means; see <see cref="AgentForm"/>. What exists on the machine is not for this room to know.</param>
    /// <param name="devices">What the stonith lines of ha.cf come to.</param>
    public static CompiledCib Compile(HaCf haCf, ImmutableArray<ResourceGroup> groups, ImmutableArray<ConfiguredDevice> devices, Func<ResourceSpec, AgentForm> forms) =>
        new HaresourcesCompiler(haCf, forms).Compile(groups, devices);

    private CompiledCib Compile(ImmutableArray<ResourceGroup> groups, ImmutableArray<ConfiguredDevice> devices)
    {
        NodeIds.AddTo(_nodes, _haCf.Nodes);
        var options = Pairs(_options, "cluster_property_set", "cib-bootstrap-options");
        Pair(options, "cluster-infrastructure", Infrastructure);
        Pair(options, "cluster-name", _haCf.Cluster);
        Pair(options, "stonith-enabled", devices.IsEmpty ? "false" : "true");
        if (devices.IsEmpty) Note(Severity.Warning, 0, "no fencing device is configured: a node that falls silent is taken over without proof that it is off", "add a stonith_host line to ha.cf");
        if (_haCf.Nodes.Length > 2) Note(Severity.Info, 0, $"{_haCf.Nodes.Length} nodes: what has no majority stops its resources, which crm no does not do", "set no-quorum-policy=ignore to have it as before");

        var number = 0;
        foreach (var group in groups) Group(group, ++number);
        foreach (var device in devices) Device(device);

        var configuration = new CibElement("configuration");
        foreach (var section in (ReadOnlySpan<CibElement>)[_options, _nodes, _resources, _constraints]) configuration.Add(section);
        Topology(configuration, devices);
        Defaults(configuration);
        var cib = new CibElement("cib").Set("validate-with", $"pacemaker-{SchemaVersionName}").Set("epoch", "1").Set("num_updates", "0").Set("admin_epoch", "0").Set("have-quorum", "1");
        cib.Add(configuration);
        cib.Add("status");
        return new(cib, [.. _notes]);
    }

    /// <summary>What Debian's Pacemaker and the tools on top of it read.</summary>
    private const string SchemaVersionName = "3.9";

    private void Group(ResourceGroup group, int number)
    {
        var owner = _resources;
        var id = "";
        if (group.Resources.Length > 1)
        {
            id = Unique($"group_{number}");
            owner = _resources.Add("group").Set("id", id);
        }
        foreach (var resource in group.Resources)
        {
            var primitive = Primitive(resource, group.Line);
            owner.Add(primitive);
            if (id.Length == 0) id = primitive["id"]!;
        }
        Location(id, group.Node, Preferred);
    }

    private CibElement Primitive(ResourceSpec resource, int line)
    {
        var form = _forms(resource);
        var id = Unique(Name(form.Instance ?? resource.Script[(resource.Script.LastIndexOf(':') + 1)..] + Said(resource)));
        var primitive = new CibElement("primitive").Set("id", id).Set("class", form.Agent.Standard).Set("provider", form.Agent.Provider.Length > 0 ? form.Agent.Provider : null).Set("type", form.Agent.Type);
        if (!form.Attributes.IsEmpty)
        {
            var set = Pairs(primitive, "instance_attributes", $"{id}-instance_attributes");
            foreach (var attribute in form.Attributes) Pair(set, attribute.Name, attribute.Value);
        }
        var monitor = _haCf.Monitor ?? MonitorSpec.Usual;
        var (interval, timeout) = (Time(monitor.Interval), Time(monitor.Timeout));
        primitive.Add("operations").Add("op").Set("id", $"{id}-monitor-{interval}").Set("name", "monitor").Set("interval", interval).Set("timeout", timeout);
        if (form.Agent.Standard == "heartbeat" && resource.Agent is null)
            Note(Severity.Info, line, $"{resource} runs as heartbeat:{form.Agent.Type}: it is asked for its status every {interval}, which crm no does only with monitor", "");
        return primitive;
    }

    /// <summary>What tells it from others of its kind: the address, the end of a path; nothing of <c>NAME=VALUE</c>.</summary>
    private static string Said(ResourceSpec resource)
    {
        if (resource.Arguments.IsEmpty || resource.Arguments[0].Contains('=', StringComparison.Ordinal)) return "";
        var parts = resource.Arguments[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 0 ? "" : "_" + (resource.Arguments[0][0] == '/' ? parts[^1] : parts[0]);
    }

    private void Device(ConfiguredDevice device)
    {
        var id = Unique(Name(device.Device.Id));
        var primitive = _resources.Add("primitive").Set("id", id).Set("class", "stonith").Set("type", AgentName(device));
        if (!device.Given.IsEmpty)
        {
            var set = Pairs(primitive, "instance_attributes", $"{id}-instance_attributes");
            foreach (var (name, value) in device.Given) Pair(set, name, value);
        }
        primitive.Add("operations").Add("op").Set("id", $"{id}-monitor-60s").Set("name", "monitor").Set("interval", "60s").Set("timeout", "60s");
        // A line for one node: only there is the way to the device. And a node that is fenced by this device alone cannot do it itself.
        foreach (var node in _haCf.Nodes)
        {
            var elsewhere = _haCf.Stonith.FirstOrDefault(s => s.Line == device.Line) is { Host: not "*" } line && !line.Host.Equals(node, StringComparison.OrdinalIgnoreCase);
            if (elsewhere || (device.Device.Hosts.Count == 1 && device.Device.Hosts.Contains(node))) Location(id, node, "-INFINITY");
        }
    }

    /// <summary>As <c>stonith_admin --list-installed</c> has it.</summary>
    private static string AgentName(ConfiguredDevice device)
    {
        if (device.Device.Agent.StartsWith("fence_", StringComparison.Ordinal)) return device.Device.Agent;
        var same = new List<string>();
        foreach (var (name, defaults) in device.Type.AgentNames)
            if (Presets(defaults, device.Parameters)) same.Add(name);
        return same.Find(n => n.Contains(device.Type.Name, StringComparison.Ordinal)) ?? (same.Count > 0 ? same[0] : device.Device.Agent);
    }

    /// <summary>A name that presets something else than what counts would change what is not given.</summary>
    private static bool Presets(ImmutableSortedDictionary<string, string> defaults, DeviceParameters parameters)
    {
        foreach (var (name, value) in defaults)
            if (parameters[name] != value) return false;
        return true;
    }

    private static void Topology(CibElement configuration, ImmutableArray<ConfiguredDevice> devices)
    {
        var nodes = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var device in devices) nodes.UnionWith(device.Device.Hosts);
        var levels = DeviceLines.Levels(devices, [.. nodes]);
        if (levels.IsEmpty) return;
        var topology = configuration.Add("fencing-topology");
        foreach (var level in levels)
        {
            var target = ((Stonith.Fencer.LevelTarget.Node)level.Target).Name;
            topology.Add("fencing-level").Set("id", $"fencing-{target}-{level.Index}").Set("target", target).Set("index", level.Index.ToString(CultureInfo.InvariantCulture)).Set("devices", string.Join(',', level.Devices));
        }
    }

    private void Defaults(CibElement configuration)
    {
        var monitor = _haCf.Monitor ?? MonitorSpec.Usual;
        var resources = Pairs(configuration.Add("rsc_defaults"), "meta_attributes", "rsc-options");
        Pair(resources, "resource-stickiness", _haCf.AutoFailback == AutoFailback.Off ? Stays : "0");
        Pair(resources, "migration-threshold", (monitor.Restarts + 1).ToString(CultureInfo.InvariantCulture));
        Pair(resources, "failure-timeout", Time(monitor.Within));
        Pair(Pairs(configuration.Add("op_defaults"), "meta_attributes", "op-options"), "timeout", "300s");      // as ActionTimeouts: meant never to hit a script that works
    }

    private void Location(string resource, string node, string score) =>
        _constraints.Add("rsc_location").Set("id", Unique(Name($"location-{resource}-{node}"))).Set("rsc", resource).Set("node", node).Set("score", score);

    private static CibElement Pairs(CibElement owner, string kind, string id) => owner.Add(kind).Set("id", id);

    private static void Pair(CibElement set, string name, string value) => set.Add("nvpair").Set("id", $"{set["id"]}-{Name(name)}").Set("name", name).Set("value", value);

    private static string Time(TimeSpan span) => span.Ticks % TimeSpan.TicksPerSecond == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalSeconds}s") : string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalMilliseconds}ms");

    /// <summary>What XML takes for an id: a letter or _ first, and no more than letters, digits, <c>_ - .</c> after; as haresources2cib, dots become _.</summary>
    private static string Name(string text)
    {
        var name = new char[text.Length];
        for (var i = 0; i < text.Length; i++) name[i] = char.IsAsciiLetterOrDigit(text[i]) || text[i] is '-' or '_' ? text[i] : '_';
        return name.Length > 0 && (char.IsAsciiLetter(name[0]) || name[0] == '_') ? new(name) : "_" + new string(name);
    }

    private string Unique(string id)
    {
        var unique = id;
        for (var n = 2; !_ids.Add(unique); n++) unique = string.Create(CultureInfo.InvariantCulture, $"{id}_{n}");
        return unique;
    }

    private void Note(Severity severity, int line, string message, string remedy) => _notes.Add(new(severity, line == 0 ? "ha.cf" : "haresources", line, 0, message, remedy));
}
