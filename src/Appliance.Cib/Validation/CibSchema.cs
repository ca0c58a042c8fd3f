namespace Appliance.Cib;

/// <summary>What an attribute's value must be.</summary>
internal enum ValueKind { Text, Id, Reference, Boolean, Integer, Count, Level, Score, Word, Devices }

/// <param name="Words">The values it may have, where only some are meant.</param>
internal sealed record AttributeRule(string Name, bool Required, ValueKind Kind, string[] Words);

/// <summary>How often an element may stand inside of another.</summary>
internal sealed record ChildRule(string Name, int Least, int Most);

/// <param name="MayRefer">Whether the element may be just a reference (<c>id-ref</c>) to one of its kind.</param>
internal sealed record ElementRule(string Name, bool MayRefer, AttributeRule[] Attributes, ChildRule[] Children)
{
    public AttributeRule? Attribute(string name) => Array.Find(Attributes, a => a.Name == name);
    public ChildRule? Child(string name) => Array.Find(Children, c => c.Name == name);
}

/// <summary>The elements of a configuration, their attributes and children, as schema 4.0 of Pacemaker has them.</summary>
internal static class CibSchema
{
    private const string Roles = "(Stopped|Started|Promoted|Unpromoted|Master|Slave)";
    private const string Actions = "(start|promote|demote|stop)";
    private const string Kinds = "(Optional|Mandatory|Serialize)";
    private const string Nvset = "id=ID score=SCORE > rule nvpair*";
    private const string Conditions = "rule* expression* date_expression* rsc_expression* op_expression*";
    private const string Container = "image! replicas=INTEGER replicas-per-host=INTEGER promoted-max=INTEGER run-command network options";
    private const string Times = "years months weeks days hours minutes seconds monthdays weekdays yearsdays weekyears moon";

    /// <summary>
    /// A line an element: <c>NAME[&amp;]: ATTRIBUTE... > CHILD...</c>. An attribute is <c>name[!][=KIND]</c>, "!" meaning that it must be there; a child is its
    /// name with "*" for any number, "+" for one at least, "!" for exactly one, nothing for one at most. "&amp;": may be a reference instead.
    /// </summary>
    private const string Table = $"""
        cib: validate-with admin_epoch!=COUNT epoch!=COUNT num_updates!=COUNT crm_feature_set remote-tls-port=COUNT remote-clear-port=COUNT have-quorum=BOOLEAN dc-uuid cib-last-written no-quorum-panic=BOOLEAN update-origin update-client update-user execution-date > configuration! status
        configuration: > crm_config! rsc_defaults op_defaults nodes! resources! constraints! fencing-topology acls tags alerts
        crm_config: > cluster_property_set*
        rsc_defaults: > meta_attributes*
        op_defaults: > meta_attributes*
        cluster_property_set&: {Nvset}
        instance_attributes&: {Nvset}
        meta_attributes&: {Nvset}
        utilization&: {Nvset}
        nvpair&: id!=ID name! value!
        rule&: id!=ID boolean-op=(or|and) role score=SCORE score-attribute > {Conditions}
        expression: id!=ID attribute! operation!=(lt|gt|lte|gte|eq|ne|defined|not_defined) value type=(string|integer|number|version) value-source=(literal|param|meta)
        date_expression: id!=ID operation!=(in_range|gt|lt|date_spec) start end > duration date_spec
        rsc_expression: id!=ID class provider type
        op_expression: id!=ID name! interval
        duration: id!=ID {Times}
        date_spec: id!=ID years months monthdays hours minutes seconds yeardays weekyears weeks weekdays yearsdays
        nodes: > node*
        node: id! uname! type=(member|remote) description score=SCORE > instance_attributes* utilization*
        resources: > primitive* template* group* clone* bundle*
        primitive: id!=ID class=(ocf|lsb|heartbeat|stonith|service|systemd) provider type template=REFERENCE description > instance_attributes* meta_attributes* utilization* operations
        template: id!=ID class!=(ocf|lsb|heartbeat|stonith|service|systemd) provider type! description > instance_attributes* meta_attributes* utilization* operations
        group: id!=ID description > instance_attributes* meta_attributes* primitive+
        clone: id!=ID description > instance_attributes* meta_attributes* primitive group
        bundle: id!=ID description > instance_attributes* meta_attributes* docker podman network storage primitive
        docker: {Container}
        podman: {Container}
        network: ip-range-start control-port=INTEGER host-interface host-netmask=INTEGER add-host=BOOLEAN > port-mapping*
        port-mapping: id!=ID port=INTEGER internal-port=INTEGER range
        storage: > storage-mapping*
        storage-mapping: id!=ID source-dir source-dir-root target-dir! options
        operations&: id=ID > op*
        op: id!=ID name! interval! description start-delay interval-origin timeout enabled=BOOLEAN record-pending=BOOLEAN role={Roles} on-fail=(ignore|block|demote|stop|restart|standby|fence|restart-container) > instance_attributes* meta_attributes*
        constraints: > rsc_location* rsc_colocation* rsc_order* rsc_ticket*
        rsc_location: id!=ID rsc=REFERENCE rsc-pattern role={Roles} node score=SCORE resource-discovery=(always|never|exclusive) > resource_set* rule
        rsc_colocation: id!=ID score=SCORE influence rsc=REFERENCE with-rsc=REFERENCE node-attribute rsc-role={Roles} with-rsc-role={Roles} > resource_set*
        rsc_order: id!=ID symmetrical=BOOLEAN require-all=BOOLEAN score=SCORE kind={Kinds} first=REFERENCE then=REFERENCE first-action={Actions} then-action={Actions} > resource_set*
        rsc_ticket: id!=ID rsc=REFERENCE rsc-role={Roles} ticket! loss-policy=(stop|demote|fence|freeze) > resource_set*
        resource_set&: id!=ID sequential=BOOLEAN require-all=BOOLEAN ordering=(group|listed) action={Actions} role={Roles} score=SCORE kind={Kinds} > resource_ref+
        resource_ref: id!=REFERENCE
        fencing-topology: > fencing-level*
        fencing-level: id!=ID target target-pattern target-attribute target-value index!=LEVEL devices!=DEVICES
        acls: > acl_target* acl_group* acl_role*
        acl_target: id! name > role*
        acl_group: id!=ID name > role*
        acl_role: id!=ID description > acl_permission*
        role: id!=REFERENCE
        acl_permission: id!=ID kind!=(read|write|deny) xpath reference=REFERENCE object-type attribute description
        tags: > tag*
        tag: id!=ID > obj_ref+
        obj_ref: id!
        alerts: > alert*
        alert: id!=ID description path! > instance_attributes* meta_attributes* select recipient*
        select: > select_attributes select_fencing select_nodes select_resources
        select_attributes: > attribute*
        attribute: id!=ID name!
        select_fencing:
        select_nodes:
        select_resources:
        recipient: id!=ID description value! > instance_attributes* meta_attributes*
        """;

    private static readonly Dictionary<string, ElementRule> Rules = Read();

    /// <summary>The rule for elements of that name; null when no configuration has any.</summary>
    public static ElementRule? Of(string name) => Rules.GetValueOrDefault(name);

    public static IEnumerable<string> Names => Rules.Keys;

    private static Dictionary<string, ElementRule> Read()
    {
        var rules = new Dictionary<string, ElementRule>(StringComparer.Ordinal);
        foreach (var line in Table.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var name = line[..colon];
            var halves = line[(colon + 1)..].Split('>');
            var mayRefer = name.EndsWith('&');
            name = name.TrimEnd('&');
            var attributes = new List<AttributeRule>();
            foreach (var word in halves[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)) attributes.Add(ReadAttribute(word));
            var children = new List<ChildRule>();
            foreach (var word in halves.Length > 1 ? halves[1].Split(' ', StringSplitOptions.RemoveEmptyEntries) : [])
                children.Add(new(word.TrimEnd('*', '+', '!'), word[^1] is '+' or '!' ? 1 : 0, word[^1] is '*' or '+' ? int.MaxValue : 1));
            rules.Add(name, new(name, mayRefer, [.. attributes], [.. children]));
        }
        return rules;
    }

    private static AttributeRule ReadAttribute(string word)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? word : word[..equals];
        var kind = equals < 0 ? "" : word[(equals + 1)..];
        var required = name.EndsWith('!');
        name = name.TrimEnd('!');
        return kind switch
        {
            "" => new(name, required, ValueKind.Text, []),
            "ID" => new(name, required, ValueKind.Id, []),
            "REFERENCE" => new(name, required, ValueKind.Reference, []),
            "BOOLEAN" => new(name, required, ValueKind.Boolean, []),
            "INTEGER" => new(name, required, ValueKind.Integer, []),
            "COUNT" => new(name, required, ValueKind.Count, []),
            "LEVEL" => new(name, required, ValueKind.Level, []),
            "SCORE" => new(name, required, ValueKind.Score, []),
            "DEVICES" => new(name, required, ValueKind.Devices, []),
            _ => new(name, required, ValueKind.Word, kind[1..^1].Split('|')),
        };
    }
}
