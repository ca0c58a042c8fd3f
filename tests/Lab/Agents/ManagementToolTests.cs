using Appliance.Lab.Harness;

namespace Appliance.Lab.Agents;

/// <summary>crmsh and pcs, which ask crm_resource about agents, show the same whether Debian's or ours answers them.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class ManagementToolTests
{
    private string _root = "";

    [OneTimeSetUp]
    public void Lay()
    {
        if (Environment.UserName != "root") Assert.Ignore("mount namespaces need root");
        if (!File.Exists("/usr/sbin/crm_resource")) Assert.Ignore("crm_resource is missing (Debian package pacemaker-cli-utils)");
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        _root = Directory.CreateTempSubdirectory("tools-lab-").FullName;
        Shell.Run($"mkdir -p {_root}/upper/appliance {_root}/bin; install -m 755 {Implementation.Ours.Tools.Trim()} {_root}/bin/crm_resource");
        // Every built-in agent is a file too, so that both see the same names.
        foreach (var name in Shell.Run($"{_root}/bin/crm_resource --list-agents ocf:appliance").Split('\n')) File.CreateSymbolicLink($"{_root}/upper/appliance/{name}", _root + "/bin/crm_resource");
    }

    [OneTimeTearDown]
    public void Remove()
    {
        if (_root.Length > 0) Shell.Try($"rm -rf {_root}");
    }

    [TestCase("crm ra classes")]
    [TestCase("crm ra list ocf appliance")]
    [TestCase("crm ra list lsb")]
    [TestCase("crm ra providers Dummy")]
    [TestCase("crm ra info ocf:heartbeat:IPaddr2")]
    [TestCase("crm ra info ocf:appliance:Stateful")]
    [TestCase("pcs resource standards")]
    [TestCase("pcs resource providers")]
    [TestCase("pcs resource agents ocf:pacemaker")]
    [TestCase("pcs resource describe ocf:heartbeat:IPaddr2")]
    [TestCase("pcs resource describe ocf:appliance:ping --full")]
    public void Shows_the_same_with_either(string command)
    {
        if (!File.Exists("/usr/sbin/" + command.Split(' ')[0])) Assert.Ignore($"{command.Split(' ')[0]} is missing (Debian packages crmsh, pcs)");
        var theirs = Call("/usr/sbin/crm_resource", command);
        Assert.That(theirs.Status, Is.Zero, theirs.Output);
        Assert.That(Call(_root + "/bin/crm_resource", command), Is.EqualTo(theirs));
    }

    /// <summary>pcs checks meta-data against the definitions of OCF 1.0 and 1.1, and shows nothing that breaks them.</summary>
    [Test]
    public void Finds_the_meta_data_of_every_built_in_agent_valid()
    {
        if (!File.Exists("/usr/sbin/pcs")) Assert.Ignore("pcs is missing (Debian package pcs)");
        foreach (var path in Directory.EnumerateFiles(_root + "/upper/appliance"))
        {
            var (status, output) = Call(_root + "/bin/crm_resource", $"pcs resource describe ocf:appliance:{Path.GetFileName(path)}");
            Assert.That(status, Is.Zero, output);
            Assert.That(output, Does.StartWith($"ocf:appliance:{Path.GetFileName(path)} - "));
        }
    }

    /// <summary>With one crm_resource in the place of Debian's, and the agents of the machine with ours among them.</summary>
    private (int Status, string Output) Call(string crmResource, string command) => Shell.Try($"""
        unshare -m sh -s <<'EOF'
        cp -a /usr/lib/ocf/resource.d {_root}/ocf-$$
        cp -a {_root}/upper/appliance {_root}/ocf-$$/ && mount --bind {_root}/ocf-$$ /usr/lib/ocf/resource.d || exit 99
        [ {crmResource} = /usr/sbin/crm_resource ] || mount --bind {crmResource} /usr/sbin/crm_resource || exit 99
        LC_ALL=C.UTF-8 COLUMNS=200 timeout 50 {command} </dev/null
        EOF
        """);
}
