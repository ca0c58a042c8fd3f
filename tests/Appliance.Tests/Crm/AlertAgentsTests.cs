using Appliance.Cib;
using Appliance.Crm;
using Appliance.Crm.Controller;

namespace Appliance.Tests.Crm;

[TestFixture]
internal sealed class AlertAgentsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 9, 7, 5, 4, 321, TimeSpan.FromHours(-2));

    private static List<AlertCall> Calls(string alerts, string kind, params (string, string)[] fields)
    {
        Assert.That(CibElement.TryParse($"<cib><configuration><alerts>{alerts}</alerts></configuration><status/></cib>", "test", out var cib, out var fault), Is.True, fault?.ToString());
        return AlertAgents.For(new(kind, cib!, [("kind", kind), .. fields]), Now);
    }

    private const string Set = "<instance_attributes id=\"i\"><nvpair id=\"n\" name=\"debug\" value=\"agent\"/></instance_attributes>";

    [Test]
    public void An_agent_without_recipients_is_called_once()
    {
        var call = Calls($"<alert id=\"a\" path=\"/x\">{Set}</alert>", "node", ("node", "beta")).Single();
        Assert.That((call.Path, call.Timeout, call.Environment["CRM_alert_kind"], call.Environment["CRM_alert_node"], call.Environment["debug"], call.Environment["CRM_alert_recipient"]),
            Is.EqualTo(("/x", TimeSpan.FromSeconds(30), "node", "beta", "agent", "")));
        Assert.That(call.Environment["CRM_alert_timestamp"], Is.EqualTo("07:05:04.321000"));
    }

    [Test]
    public void Each_recipient_is_told_and_its_own_words_count_first()
    {
        var calls = Calls($"""
            <alert id="a" path="/x"><meta_attributes id="m"><nvpair id="t" name="timeout" value="5s"/><nvpair id="f" name="timestamp-format" value="%Y%m%d %z %%"/></meta_attributes>{Set}
            <recipient id="r1" value="one"/>
            <recipient id="r2" value="two"><meta_attributes id="m2"><nvpair id="t2" name="timeout" value="7s"/></meta_attributes>
            <instance_attributes id="i2"><nvpair id="n2" name="debug" value="own"/></instance_attributes></recipient></alert>
            """, "fencing");
        Assert.That(calls.ConvertAll(c => (c.Environment["CRM_alert_recipient"], c.Timeout.TotalSeconds, c.Environment["debug"], c.Environment["CRM_alert_timestamp"])),
            Is.EqualTo(new[] { ("one", 5.0, "agent", "20260309 -0200 %"), ("two", 7.0, "own", "20260309 -0200 %") }));
    }

    [TestCase("", "node", 1)]
    [TestCase("", "attribute", 0)]
    [TestCase("<select><select_nodes/></select>", "node", 1)]
    [TestCase("<select><select_nodes/></select>", "resource", 0)]
    [TestCase("<select><select_fencing/><select_resources/></select>", "resource", 1)]
    [TestCase("<select><select_attributes/></select>", "attribute", 1)]
    [TestCase("<select><select_attributes><attribute id=\"s\" name=\"pingd\"/></select_attributes></select>", "attribute", 1)]
    [TestCase("<select><select_attributes><attribute id=\"s\" name=\"other\"/></select_attributes></select>", "attribute", 0)]
    [TestCase("<meta_attributes id=\"m\"><nvpair id=\"e\" name=\"enabled\" value=\"false\"/></meta_attributes>", "node", 0)]
    public void What_is_selected_is_told(string inside, string kind, int calls) =>
        Assert.That(Calls($"<alert id=\"a\" path=\"/x\">{inside}</alert>", kind, ("attribute_name", "pingd")), Has.Count.EqualTo(calls));
}
