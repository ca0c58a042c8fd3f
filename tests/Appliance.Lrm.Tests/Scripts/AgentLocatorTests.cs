using System.Security.Cryptography;

namespace Appliance.Lrm.Tests.Scripts;

/// <summary>resource.d, then the built-in agents, then init.d; a packaged wrapper is nobody's will.</summary>
public class The_agent_of_a_resource
{
    private const string Wrapper = "#!/bin/sh\n# wrapper\n. /etc/ha.d/resource.d//hto-mapfuncs\nOCF_TYPE=Dummy\nexport OCF_TYPE\nra_execocf $1\n";

    private Scratch _scratch = null!;
    private Log _log = null!;
    private LrmPaths _paths = null!;

    [SetUp]
    public void Prepare()
    {
        (_scratch, _log) = (new Scratch(), new Log());
        _paths = new() { HaDirectory = _scratch.Path + "/ha.d", InitDirectory = _scratch.Path + "/init.d", DpkgStatus = _scratch.Path + "/status", StateDirectory = _scratch.Path + "/state" };
    }

    [TearDown]
    public void CleanUp() => _scratch.Dispose();

    [Test]
    public void Is_the_built_in_one_when_there_is_no_script()
    {
        _scratch.Script("init.d/Dummy", "exit 0");
        Assert.That(Find("Dummy"), Is.InstanceOf<AgentLocation.BuiltIn>());
    }

    [Test]
    public void Is_the_script_in_resource_d_before_the_one_in_init_d()
    {
        _scratch.Script("init.d/web", "exit 0");
        Assert.That(Find("web"), Is.EqualTo(new AgentLocation.Script(_scratch.Path + "/init.d/web")));
        _scratch.Script("ha.d/resource.d/web", "exit 0");
        Assert.That(Find("web"), Is.EqualTo(new AgentLocation.Script(_scratch.Path + "/ha.d/resource.d/web")));
    }

    [TestCase("nothing"), TestCase(""), TestCase("a\0b"), TestCase(".."), TestCase("resource.d")]
    public void Is_missing_when_there_is_no_executable_file(string name)
    {
        Directory.CreateDirectory(_scratch.Path + "/ha.d/resource.d/nothing");
        Assert.That(Find(name), Is.InstanceOf<AgentLocation.Missing>());
    }

    [Test]
    public void Is_not_a_file_without_an_execute_bit()
    {
        File.SetUnixFileMode(_scratch.Script("init.d/web", "exit 0"), UnixFileMode.UserRead);
        Assert.That(Find("web"), Is.InstanceOf<AgentLocation.Missing>());
    }

    [Test]
    public void Is_the_administrators_script_even_where_a_built_in_one_has_its_name_and_the_log_says_so_once()
    {
        _scratch.Script("ha.d/resource.d/Dummy", "exit 0");
        var locator = new AgentLocator(_paths, _log.Write);
        for (var i = 0; i < 3; i++) Assert.That(locator.Find("Dummy", new Dictionary<string, string>()), Is.InstanceOf<AgentLocation.Script>());
        Assert.That(_log.Lines, Is.EqualTo((string[])[$"Info ResourceManager: {_scratch.Path}/ha.d/resource.d/Dummy: the administrator's script, used instead of the built-in agent"]));
    }

    [Test]
    public void Is_the_built_in_one_where_the_script_is_a_wrapper_as_packaged()
    {
        _scratch.Script("ha.d/resource.d/Dummy", Wrapper);
        Assert.That(Find("Dummy"), Is.InstanceOf<AgentLocation.BuiltIn>());
    }

    [TestCase("OCF_TYPE=Dummy", "OCF_TYPE=MyDummy")]
    [TestCase("ra_execocf $1\n", "ra_execocf $1\nlogger done\n")]
    [TestCase(". /etc/ha.d/resource.d//hto-mapfuncs", ". /etc/ha.d/shellfuncs")]
    public void Is_the_script_where_a_wrapper_does_something_of_its_own(string original, string changed)
    {
        _scratch.Script("ha.d/resource.d/Dummy", Wrapper.Replace(original, changed, StringComparison.Ordinal));
        Assert.That(Find("Dummy"), Is.InstanceOf<AgentLocation.Script>());
    }

    [Test]
    public void Is_decided_by_dpkgs_sums_where_dpkg_knows_the_file()
    {
        var path = _scratch.Script("ha.d/resource.d/Dummy", "echo not even a wrapper");
#pragma warning disable CA5351      // the sum dpkg keeps
        var sum = Convert.ToHexStringLower(MD5.HashData(File.ReadAllBytes(path)));
#pragma warning restore CA5351
        File.WriteAllText(_paths.DpkgStatus, $"Package: heartbeat\nConffiles:\n {path} {sum}\nDescription: x\n");
        Assert.That(Find("Dummy"), Is.InstanceOf<AgentLocation.BuiltIn>(), "the packaged file, whatever it holds");

        File.WriteAllText(path, Wrapper);
        Assert.That(Find("Dummy"), Is.InstanceOf<AgentLocation.Script>(), "changed since, even if it still looks like a wrapper");
    }

    [Test]
    public void Is_the_script_where_ha_cf_prefers_it()
    {
        _scratch.Script("ha.d/resource.d/Dummy", Wrapper);
        var environment = new Dictionary<string, string> { ["HA_APPLIANCE_SCRIPTS"] = "IPaddr2,Dummy" };
        Assert.That(new AgentLocator(_paths, _log.Write).Find("Dummy", environment), Is.InstanceOf<AgentLocation.Script>());
    }

    [Test, Category("peer")]
    public void Is_built_in_for_every_packaged_wrapper_that_has_one_with_and_without_dpkgs_word(
        [Values("IPaddr", "IPaddr2", "IPv6addr", "Filesystem", "SendArp", "Delay", "MailTo")] string name, [Values] bool dpkg)
    {
        Machine.NeedsFile("/etc/ha.d/resource.d/" + name);
        var paths = new LrmPaths { DpkgStatus = dpkg ? "/var/lib/dpkg/status" : "/nonexistent" };
        Assert.That(new AgentLocator(paths, _log.Write).Find(name, new Dictionary<string, string>()), Is.InstanceOf<AgentLocation.BuiltIn>());
    }

    [TestCase("apache"), TestCase("db2"), TestCase("LVM"), TestCase("OCF"), TestCase("portblock"), Category("peer")]
    public void Is_the_packaged_wrapper_where_there_is_no_built_in_one(string name)
    {
        Machine.NeedsFile("/etc/ha.d/resource.d/" + name);
        Assert.That(new AgentLocator(new(), _log.Write).Find(name, new Dictionary<string, string>()), Is.EqualTo(new AgentLocation.Script("/etc/ha.d/resource.d/" + name)));
    }

    [TestCase("status"), TestCase("ip-request"), TestCase("ip-request-resp"), TestCase("ask_resources"), TestCase("hb_takeover"), Category("peer")]
    public void And_the_five_shipped_hooks_are_recognized_with_and_without_dpkgs_word(string name)
    {
        Machine.NeedsFile("/etc/ha.d/rc.d/" + name);
        foreach (var status in (string[])["/var/lib/dpkg/status", "/nonexistent"])
            Assert.That(new PackagedFiles(status).IsPackagedHook("/etc/ha.d/rc.d/" + name, name), Is.True, status);
    }

    private AgentLocation Find(string name) => new AgentLocator(_paths, _log.Write).Find(name, new Dictionary<string, string>());
}
