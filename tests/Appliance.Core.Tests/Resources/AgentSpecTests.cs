using Appliance.Core.Resources;

namespace Appliance.Core.Tests.Resources;

/// <summary>How agents are named.</summary>
public sealed class AgentSpecTests
{
    [TestCase("ocf:heartbeat:IPaddr2", "ocf", "heartbeat", "IPaddr2")]
    [TestCase("ocf:IPaddr2", "ocf", "heartbeat", "IPaddr2")]
    [TestCase("systemd:getty@tty1.service", "systemd", "", "getty@tty1.service")]
    [TestCase("lsb:nginx", "lsb", "", "nginx")]
    public void Agents_have_names(string text, string standard, string provider, string type) =>
        Assert.That(AgentSpec.Parse(text), Is.EqualTo(new AgentSpec(standard, provider, type)));

    [TestCase("nginx")]
    [TestCase("ocf:")]
    [TestCase("ocf:a:b:c")]
    [TestCase("lsb:../../bin/sh")]
    [TestCase("ocf:..:x")]
    [TestCase("upstart:x")]
    public void What_is_no_agents_name_is_refused(string text) => Assert.That(AgentSpec.Parse(text), Is.Null);
}
