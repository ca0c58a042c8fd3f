using Appliance.Commands.Crm;

namespace Appliance.Tests.Commands.Crm;

public class Crm_attribute
{
    private const string Lines = """
        crm_attribute -n stonith-enabled
        crm_attribute -n stonith-enabled -G
        crm_attribute --name stonith-enabled --query --quiet
        crm_attribute -Gqn stonith-enabled
        crm_attribute -nstonith-enabled -Q
        crm_attribute -n no-quorum-policy -q
        crm_attribute -n cluster-name
        crm_attribute -n cluster-name --output-as=xml
        crm_attribute -n foo
        crm_attribute -n foo -d bar
        crm_attribute -n foo -d bar -q
        crm_attribute -n foo -d bar --output-as=xml
        crm_attribute -N alpha -n foo -d bar --output-as=xml
        crm_attribute
        crm_attribute -q
        crm_attribute --output-as=xml
        crm_attribute -t crm_config -n stonith-enabled
        crm_attribute -n stonith-enabled -s other
        crm_attribute -n stonith-enabled -s cib-bootstrap-options
        crm_attribute -n stonith-enabled -i opt-stonith
        crm_attribute -i opt-stonith
        crm_attribute -i opt-stonith --output-as xml
        crm_attribute -n foo -v 3
        crm_attribute --name foo --update 3
        crm_attribute --name=foo --update=3
        crm_attribute -n 'foo#bar:x' -v 3
        crm_attribute -n foo -v 3 --output-as=xml
        crm_attribute -n foo -v 3 -i own-id
        crm_attribute -n foo -v 3 -s own-set
        # Debian's complains of itself in its log.
        ~crm_attribute -i own-id -v 3
        ~crm_attribute -v 3
        crm_attribute -n stonith-enabled -v true
        crm_attribute -n stonith-enabled -v true -s other
        crm_attribute -n stonith-enabled -v true -i other-stonith
        crm_attribute -n no-quorum-policy -v stop
        crm_attribute -n no-quorum-policy -v -5
        crm_attribute -n no-quorum-policy --update=-5
        crm_attribute -n foo -D
        crm_attribute -n stonith-enabled -D
        crm_attribute -n no-quorum-policy -D
        crm_attribute -n no-quorum-policy -D -q
        crm_attribute -n no-quorum-policy -D --output-as=xml
        crm_attribute -n no-quorum-policy -D -s cib-bootstrap-options
        crm_attribute -i cib-bootstrap-options-no-quorum-policy -n no-quorum-policy -D
        crm_attribute -D
        crm_attribute -D -i opt-stonith
        crm_attribute -N alpha -n standby
        crm_attribute -N alpha -n standby -G -q
        crm_attribute -N ALPHA -n standby -G -q
        crm_attribute -N gamma -n x -v 1
        crm_attribute -N alpha
        crm_attribute -N alpha --output-as=xml
        crm_attribute -N alpha -n x -v 1
        crm_attribute -N alpha -n x -v 1 -i id-x
        crm_attribute -N alpha -n x -v 1 -s set-x
        crm_attribute -N alpha -n rack -v other
        crm_attribute -N alpha -n rack -D
        crm_attribute -N alpha -n rack -D -s nodes-1
        crm_attribute -N nope -n x -v 1
        crm_attribute -N nope -n x --output-as=xml
        crm_attribute -U alpha -n rack
        crm_attribute --node-uname alpha --attr-name rack --get-value
        crm_attribute -N alpha -n pingd -l reboot
        crm_attribute -N alpha -n pingd -t status
        crm_attribute -N alpha -n pingd -l reboot -v 7
        crm_attribute -N alpha -n new -l reboot -v 7
        crm_attribute -N beta -n new -l reboot -v 7
        crm_attribute -N alpha -n pingd -l reboot -D
        crm_attribute -N alpha -n pingd -l forever -D
        crm_attribute -N alpha -n new -l forever -v 7
        crm_attribute -N alpha -n new -l other -v 7
        crm_attribute -N alpha -n cpu -z
        crm_attribute -N alpha -n cpu -z -v 8
        crm_attribute -N alpha -n memory -z -v 8
        crm_attribute -N alpha -n cpu -z -D
        crm_attribute -N alpha -z
        crm_attribute -P 'st.*'
        crm_attribute -P '^n' -q
        crm_attribute -P nothing
        crm_attribute -N alpha -P rack
        crm_attribute -N alpha -P 'rack$' --output-as=xml
        crm_attribute -N alpha -P rack -v 5
        crm_attribute -N alpha -P rack -D
        crm_attribute -N alpha -P fail-count -l reboot
        crm_attribute -N alpha -P 'fail-count-web#' -l reboot -D
        crm_attribute -N alpha -P 'fail-count-web#' -l reboot -v 1
        crm_attribute -N alpha -P nothing -l reboot -v 1
        crm_attribute -N alpha -P nothing -l reboot -D
        crm_attribute -P st -D
        crm_attribute -t rsc_defaults -n resource-stickiness -N alpha
        crm_attribute -t rsc_defaults -n resource-stickiness -N alpha -v 7
        crm_attribute -t rsc_defaults -n other -N alpha -v 7
        crm_attribute -t rsc_defaults -n resource-stickiness -N alpha -D
        crm_attribute -t op_defaults -n timeout -N alpha -v 7
        crm_attribute -t op_defaults -n timeout -N alpha
        crm_attribute -t rsc_defaults -n resource-stickiness
        crm_attribute -t tickets -n x
        crm_attribute -t tickets -n x -v 1
        crm_attribute -t tickets -n x -D
        crm_attribute -t foo -n bar -N alpha
        crm_attribute -t foo -n bar -N alpha -v 3
        crm_attribute -t foo -n bar -N alpha -D
        crm_attribute -p -v 3
        crm_attribute -p web -v 3 -N alpha
        crm_attribute --promotion=web -v 3 -N alpha -l forever
        crm_attribute --promotion web -N alpha -l forever
        OCF_RESOURCE_INSTANCE=web crm_attribute -p -v 3 -N alpha
        OCF_RESKEY_CRM_meta_on_node=beta crm_attribute -n standby -l forever
        OCF_RESKEY_CRM_meta_on_node=beta crm_attribute -N auto -n standby
        OCF_RESKEY_CRM_meta_on_node=beta CRM_meta_container_attribute_target=host CRM_meta_physical_host=alpha crm_attribute -N localhost -n standby
        crm_attribute -l reboot -n x
        crm_attribute -n a --output-as=none
        crm_attribute -n stonith-enabled --output-as=none
        crm_attribute -n stonith-enabled --output-as=foo
        crm_attribute -n stonith-enabled --output-to=@out
        crm_attribute -n stonith-enabled --output-as=xml --output-to=@out
        crm_attribute -n stonith-enabled --output-to=@no/out
        crm_attribute --foo
        crm_attribute -x
        crm_attribute -n
        crm_attribute -v
        crm_attribute --delete=3 -n x
        crm_attribute -n stonith-enabled extra
        crm_attribute -n stonith-enabled -- extra
        CIB_file= crm_attribute -n x
        CIB_file= crm_attribute -n x --output-as=xml
        CIB_file=@none crm_attribute -n x
        CIB_file= CIB_shadow=s crm_attribute -n stonith-enabled -v false
        CIB_file= CIB_shadow=s crm_attribute -l forever -n standby
        ~crm_attribute --help
        ~crm_attribute -h
        ~crm_attribute --version
        ~crm_attribute -$
        """;

    private const string Scripts = """
        crm_standby -N alpha
        crm_standby -N beta
        crm_standby -N beta -q
        crm_standby -N gamma
        crm_standby -N alpha -G -q
        crm_standby -N alpha -v on
        crm_standby -N alpha --update on --lifetime forever
        crm_standby -N alpha -v on -l reboot
        crm_standby -N beta -v on -l reboot
        crm_standby -N alpha -v on -i own
        crm_standby -N alpha -D
        crm_standby -N beta -D
        crm_standby -N alpha -D -l reboot
        crm_standby --node alpha --delete --lifetime forever
        crm_standby -N nope -v on
        crm_standby -N nope
        crm_standby -U alpha -Q
        crm_standby --uname alpha --get-value
        crm_standby foo -N alpha
        CIB_file= crm_standby -G
        CIB_file= crm_standby -v on
        ~crm_standby --foo
        ~crm_standby -N
        ~crm_standby --help
        crm_master -r web -G -N alpha
        crm_master -r web -v 5 -N alpha
        crm_master -r web -v 5 -N alpha -l reboot
        crm_master -r web -D -N alpha
        OCF_RESOURCE_INSTANCE=web crm_master -v 100 -N beta -q
        ~crm_master -G
        ~crm_master --foo
        crm_failcount -G -r web -N alpha
        crm_failcount -G -r ip -N alpha
        crm_failcount -G -r ip -N alpha -q
        crm_failcount -G -r none -N alpha
        crm_failcount -G -r web -N alpha -n monitor -I 10s
        crm_failcount -G -r web -N alpha -n monitor -I 10000ms
        crm_failcount -G -r web -N alpha -n start
        crm_failcount -G -r web -N alpha -n start -I nonsense
        crm_failcount -G -r web -N nope
        crm_failcount --query --resource ip --node alpha --operation monitor --interval 10
        crm_failcount -G -r ip -N alpha -l reboot
        crm_failcount -G -r ip -N alpha -v 3
        ~crm_failcount
        ~crm_failcount -G
        ~crm_failcount -G -r web -Nalpha --foo
        ~crm_failcount -r ip
        """;

    private const string RemoteLines = """
        crm_attribute -N far -n x
        crm_attribute -N far -n x -v 2
        crm_attribute -N far -n y -v 2
        crm_attribute -N other -n y -v 2
        crm_attribute -N OTHER -n y -v 2
        crm_attribute -N guest -n y -v 2
        crm_attribute -N gone -n y -v 2
        crm_attribute -N vm -n y -v 2
        crm_attribute -N far -n y -l reboot -v 2
        crm_attribute -N gone -n y -l reboot -v 2
        crm_attribute -N far -n cpu -z -v 2
        crm_attribute -N guest -n cpu -z -v 2
        """;

    private static IEnumerable<TestCaseData> Remotes() => BothTools.Cases(RemoteLines, ("remote", Cibs.Remote));

    [TestCaseSource(nameof(Remotes)), Category("peer")]
    public void Of_remote_nodes_and_guests_says_and_does_what_Debians_does(string line, string cib) => BothTools.Compare(line, cib, CrmAttribute.Run);

    private static IEnumerable<TestCaseData> Attributes() => BothTools.Cases(Lines, ("plain", Cibs.Plain), ("rich", Cibs.Rich));
    private static IEnumerable<TestCaseData> Others() => BothTools.Cases(Scripts, ("rich", Cibs.Rich));

    /// <summary>Standard output, standard error, exit status and all files are the same, byte for byte.</summary>
    [TestCaseSource(nameof(Attributes)), Category("peer")]
    public void Says_and_does_what_Debians_does(string line, string cib) => BothTools.Compare(line, cib, CrmAttribute.Run, ("shadow.s", Cibs.Plain));

    [TestCaseSource(nameof(Others)), Category("peer")]
    public void Asked_by_crm_standby_crm_master_and_crm_failcount_says_and_does_what_theirs_do(string line, string cib) => BothTools.Compare(line, cib,
        line.Contains("crm_standby", StringComparison.Ordinal) ? NodeAttributeTools.Standby : line.Contains("crm_master", StringComparison.Ordinal) ? NodeAttributeTools.Master : NodeAttributeTools.FailCount);
}
