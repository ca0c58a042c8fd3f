using Appliance.Cib;
using Appliance.Crm;
using Appliance.Crm.Transition;

namespace Appliance.Tests.Crm;

[TestFixture]
internal sealed class PolicyDeskTests
{
    private static Appliance.Crm.Controller.PolicyAnswer Answer(string cib)
    {
        Assert.That(CibElement.TryParse(cib, "test", out var document, out var fault), Is.True, fault?.ToString());
        var before = document!.ToString();
        var answer = PolicyDesk.Answer(new(7, document!, DateTimeOffset.UnixEpoch.AddSeconds(1_000_000)));
        Assert.That(document!.ToString(), Is.EqualTo(before), "the document is somebody else's");
        return answer;
    }

    private const string Nodes = "<nodes><node id=\"1\" uname=\"alpha\"/></nodes>";
    private const string Status = "<status><node_state id=\"1\" uname=\"alpha\" in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\"><lrm id=\"1\"><lrm_resources/></lrm></node_state></status>";

    [Test]
    public void A_plan_is_made_of_a_document_of_an_older_schema()
    {
        var answer = Answer($"""
            <cib validate-with="pacemaker-3.9" admin_epoch="0" epoch="1" num_updates="0" have-quorum="1" dc-uuid="1"><configuration>
            <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
            {Nodes}<resources><primitive id="d" class="ocf" provider="pacemaker" type="Dummy"/></resources><constraints/></configuration>{Status}</cib>
            """);
        Assert.That((answer.Question, answer.Verdict, answer.Graph?["transition_id"]), Is.EqualTo((7, PolicyVerdict.Fine, "7")));
        Assert.That(answer.Lines.Select(l => l.Text), Has.Some.Contains("Start").And.Some.Contains("d "));
    }

    [TestCase("<cib validate-with=\"pacemaker-99.0\" admin_epoch=\"0\" epoch=\"1\" num_updates=\"0\"><configuration/><status/></cib>")]
    [TestCase("<cib admin_epoch=\"0\" epoch=\"1\" num_updates=\"0\"><configuration/><status/></cib>")]
    public void What_cannot_be_looked_at_is_an_answer_too(string cib)
    {
        var answer = Answer(cib);
        Assert.That((answer.Question, answer.Graph, answer.Verdict), Is.EqualTo((7, (CibElement?)null, PolicyVerdict.Error)));
        Assert.That(answer.Lines, Is.Not.Empty);
    }
}
