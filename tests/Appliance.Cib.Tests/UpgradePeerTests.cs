namespace Appliance.Cib.Tests;

/// <summary>Old documents given to the real cibadmin --upgrade (2.1.5, which knows schemas up to 3.9) and to ours as far as 3.0: the configurations are the same.</summary>
[Category("peer")]
public class Against_the_real_upgrade
{
    private const string Primitive = "<primitive id='p' class='ocf' provider='heartbeat' type='Dummy'>{0}</primitive>";

    private static readonly (string Version, string Configuration)[] Cases =
    [
        ("pacemaker-1.2", "<crm_config/><nodes/><resources/><constraints/><acls><acl_role id='r'><read id='ra' xpath='/cib'/><write id='rb' tag='nvpair' attribute='value'/><deny id='rc' ref='r'/><deny id='rd' xpath='//x' attribute='z'/></acl_role>"
            + "<acl_user id='u'><role_ref id='r'/></acl_user><acl_user id='v'><read id='va' xpath='/cib'/></acl_user><acl_user id='w'/></acls>"),
        ("pacemaker-2.5", "<crm_config><cluster_property_set id='o'><nvpair id='a' name='default-resource-stickiness' value='5'/><nvpair id='b' name='stonith_enabled' value='true'/><nvpair id='c' name='expected-quorum-votes' value='2'/>"
            + "<nvpair id='d' name='default-action-timeout' value='9'/><nvpair id='e' name='cluster-infrastructure' value='cman'/><nvpair id='f' name='default-resource-failure-stickiness' value='-INFINITY'/></cluster_property_set></crm_config><nodes/><resources/><constraints/>"),
        ("pacemaker-2.5", "<crm_config><cluster_property_set id='o'><nvpair id='a' name='default-resource-stickiness' value='5'/></cluster_property_set></crm_config><rsc_defaults><meta_attributes id='rd'><nvpair id='x' name='resource-stickiness' value='1'/></meta_attributes></rsc_defaults><nodes/><resources/><constraints/>"),
        ("pacemaker-2.5", "<crm_config/><nodes><node id='1' uname='n' type='normal'/></nodes><resources/><constraints/>"),
        ("pacemaker-2.5", "<crm_config/><nodes/><resources>" + Primitive.Replace("{0}", "<operations><op id='s' name='start' interval='0' requires='nothing'/><op id='m' name='monitor' interval='9' requires='quorum'/></operations>") + "</resources><constraints/>"),
        ("pacemaker-2.5", "<crm_config/><nodes/><resources>" + Primitive.Replace("{0}", "<operations><op id='s' name='start' interval='0'><meta_attributes id='sm'><nvpair id='sm1' name='requires' value='nothing'/><nvpair id='sm2' name='timeout' value='5'/></meta_attributes></op></operations>") + "</resources><constraints/>"),
        ("pacemaker-2.5", "<crm_config/><nodes/><resources>" + Primitive.Replace("{0}", "<operations><op id='s' name='start' interval='0'><instance_attributes id='si'><nvpair id='si1' name='requires' value='nothing'/><nvpair id='si2' name='on-fail' value='standby'/><nvpair id='si3' name='other' value='1'/></instance_attributes></op></operations>") + "</resources><constraints/>"),
        ("pacemaker-2.5", "<crm_config/><nodes/><resources>" + Primitive.Replace("{0}", "<instance_attributes id='i'><nvpair id='i1' name='pcmk_off_cmd' value='reset'/><nvpair id='i2' name='pcmk_arg_map' value='port:plug'/></instance_attributes><meta_attributes id='m'><nvpair id='m1' name='isolation' value='true'/></meta_attributes>") + "</resources><constraints/>"),
        ("pacemaker-2.5", "<crm_config/><nodes/><resources>" + Primitive.Replace("{0}", "<operations><op id='s' name='monitor' interval='1'><meta_attributes id='k'><nvpair id='k1' name='requires' value='q'/><nvpair id='k2' name='x' value='1'/></meta_attributes></op></operations><meta_attributes id-ref='k'/>") + "</resources><constraints/>"),
        ("pacemaker-2.5", "<crm_config/><nodes/><resources>" + Primitive.Replace("{0}", "") + "<primitive id='q' class='lsb' type='x'/></resources><constraints><rsc_colocation id='c' rsc='p' with-rsc='q' score-attribute='a'/></constraints>"),
    ];

    private static IEnumerable<int> Numbers => Enumerable.Range(0, Cases.Length);

    [Test]
    public void Gives_the_same_configuration([ValueSource(nameof(Numbers))] int number)
    {
        var (version, configuration) = Cases[number];
        var text = $"<cib validate-with='{version}' admin_epoch='0' epoch='1' num_updates='0'><configuration>{configuration}</configuration><status/></cib>";
        using var files = new PeerFiles(text);
        var theirs = Peer.Run("cibadmin", ["--upgrade", "--force"], cib: files[0]);
        Assert.That(theirs.Exit, Is.Zero, theirs.Error);
        var expected = CibElement.Parse(File.ReadAllText(files[0]), "theirs");
        Assert.That(expected["validate-with"], Does.StartWith("pacemaker-3."));
        var ours = SchemaUpgrade.To(new(3, 0), CibElement.Parse(text, "f"), "f", out _)!;
        Assert.That(ours.Element("configuration")!.ToString(), Is.EqualTo(expected.Element("configuration")!.ToString()), theirs.Error);
    }
}
