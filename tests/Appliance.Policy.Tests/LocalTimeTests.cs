using System.Xml.Linq;
using Appliance.Policy.Tests.Generated;

namespace Appliance.Policy.Tests;

/// <summary>Hours and days of a <c>date_spec</c> are those of the machine's clock.</summary>
public class Date_specifications
{
    /// <summary>2023-11-14, a Tuesday, 22:13:20 UTC.</summary>
    private static XElement Cib(string part, string range) => XElement.Parse($"""
        <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" admin_epoch="0" epoch="1" num_updates="1" have-quorum="1" dc-uuid="1" execution-date="{CibGenerator.Now}">
          <configuration>
            <crm_config><cluster_property_set id="cib-bootstrap-options"><nvpair id="o" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
            <nodes><node id="1" uname="node1"/></nodes>
            <resources><primitive id="r" class="ocf" provider="pacemaker" type="Dummy"/></resources>
            <constraints>
              <rsc_location id="l" rsc="r"><rule id="u" score="-INFINITY"><date_expression id="d" operation="date_spec"><date_spec id="s" {part}="{range}"/></date_expression></rule></rsc_location>
            </constraints>
          </configuration>
          <status><node_state id="1" uname="node1" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources/></lrm></node_state></status>
        </cib>
        """);

    [TestCase("hours", "22", 0, true)]
    [TestCase("hours", "22", 5.5, false)]
    [TestCase("hours", "3", 5.5, true)]
    [TestCase("minutes", "43", 5.5, true)]
    [TestCase("monthdays", "15", 5.5, true)]
    [TestCase("weekdays", "3", 5.5, true)]
    [TestCase("weekdays", "2", -8, true)]
    [TestCase("hours", "14", -8, true)]
    [TestCase("hours", "15", -8, false)]
    [TestCase("yeardays", "319", 2, true)]
    public void Count_in_local_time(string part, string range, double hoursAhead, bool holds)
    {
        var cib = Cib(part, range);
        var ours = CrmSimulatePeer.Ours(cib, (int)(hoursAhead * 3600));
        Assert.That(ours.Summary, holds ? Is.Empty : Has.Length.EqualTo(1), "the resource is kept from its only node while the rule holds");
        if (!CrmSimulatePeer.Installed) Assert.Ignore("crm_simulate (package pacemaker-cli-utils) is not installed");
        // POSIX gives zones by what is to be added to local time.
        var zone = TimeSpan.FromHours(Math.Abs(hoursAhead));
        var theirs = CrmSimulatePeer.Ask(cib, $"HERE{(hoursAhead > 0 ? "-" : "")}{zone:hh\\:mm}");
        Assert.That(theirs?.Summary, Is.EqualTo(ours.Summary));
    }
}
