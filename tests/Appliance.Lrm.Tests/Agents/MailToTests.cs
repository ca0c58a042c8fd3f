using System.Net;
using Appliance.Linux;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Agents;

/// <summary>A mail that is handed over beside the action.</summary>
public class A_mail
{
    /// <summary>Keeps what was to be done, so that the test says when.</summary>
    private sealed class Later : IAgentBackground
    {
        public List<Action> Work { get; } = [];
        public void Announce(string key, NetworkLink link, IPAddress address, int count, TimeSpan interval) { }
        public void Cancel(string key) { }
        public void Do(string name, Action work) => Work.Add(work);
    }

    [Test]
    public void Whose_directory_has_gone_meanwhile_is_not_sent_and_harms_nobody()
    {
        var (scratch, log, later) = (new Scratch(), new Log(), new Later());
        Assert.That(AgentRunner.Run(AgentRegistry.Find("MailTo")!,
            new("start", ["root@localhost"], new Dictionary<string, string> { ["HA_APPLIANCE_MailTo_program"] = "/bin/true" }, "MailTo::root@localhost", scratch.Path, log.Write, later, TimeSpan.FromSeconds(20)),
            CancellationToken.None), Is.EqualTo(AgentResult.Success));
        scratch.Dispose();
        Assert.That(later.Work.Single(), Throws.Nothing, "on a thread of its own it would end the process");
        Assert.That(log.Lines, Has.One.Contains("mail not sent"));
    }

    [Test]
    public void Leaves_nothing_behind()
    {
        using var scratch = new Scratch();
        var (log, later) = (new Log(), new Later());
        AgentRunner.Run(AgentRegistry.Find("MailTo")!,
            new("start", ["root@localhost"], new Dictionary<string, string> { ["HA_APPLIANCE_MailTo_program"] = "/bin/true" }, "MailTo::root@localhost", scratch.Path, log.Write, later, TimeSpan.FromSeconds(20)), CancellationToken.None);
        later.Work.Single()();
        Assert.That(Directory.GetFiles(scratch.Path, "mail-*"), Is.Empty);
        Assert.That(log.Lines, Is.Empty);
    }
}
