using Appliance.Lab.Harness;

namespace Appliance.Lab.Agents;

/// <summary>Debian's ocf-tester plays its whole sequence on every built-in agent, called as a program below an OCF root, in a network of its own.</summary>
[NonParallelizable]
public sealed class OcfTesterTests
{
    private const string Tester = "/usr/sbin/ocf-tester", Definition = "Your agent produces meta-data which does not conform to ra-api-1.dtd";
    private string _root = "";
    private string _space = "";

    [OneTimeSetUp]
    public void Install()
    {
        if (Environment.UserName != "root") Assert.Ignore("network namespaces need root");
        if (!File.Exists(Tester)) Assert.Ignore("ocf-tester is missing (Debian package resource-agents)");
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        _root = Directory.CreateTempSubdirectory("ocf-lab-").FullName;
        _space = "ocf" + Environment.ProcessId;
        // ocf-tester calls an agent as nobody, too.
        Shell.Run($"chmod 755 {_root}; install -m 755 {Implementation.Ours.Tools.Trim()} {_root}/appliance; mkdir -p {_root}/resource.d/appliance {_root}/run {_root}/sbin {_root}/www {_root}/mnt");
        // The cluster that would keep attributes is not here; what stands for its program refuses any words that are not its own.
        File.WriteAllText(_root + "/sbin/attrd_updater", """
            #!/bin/sh
            del=
            while [ $# -gt 0 ]; do case $1 in
              -D) del=1; shift ;; -n|-d) [ -n "$2" ] || exit 64; shift 2 ;; -v|-B) [ -z "$del" ] && [ "$2" -ge 0 ] || exit 64; shift 2 ;; *) exit 64 ;;
            esac; done
            """);
        File.WriteAllText(_root + "/www/status", "all well\n");
        Shell.Run($"chmod 755 {_root}/sbin/attrd_updater");
        Shell.Run($"""
            ip netns add {_space}; ip -n {_space} link set lo up
            ip -n {_space} link add eth0 type veth peer name eth1; ip -n {_space} link set eth0 up; ip -n {_space} link set eth1 up
            ip netns exec {_space} sysctl -qw net.ipv6.conf.eth0.accept_dad=0
            ip -n {_space} addr add 10.78.0.1/24 dev eth0; ip -n {_space} addr add 10.78.0.9/24 dev eth0; ip -n {_space} addr add fd78::1/64 dev eth0 nodad
            ip -n {_space} route add default via 10.78.0.2
            """);
    }

    [OneTimeTearDown]
    public void Remove()
    {
        if (_space.Length > 0) Shell.Try($"ip netns del {_space}");
        if (_root.Length > 0) Directory.Delete(_root, recursive: true);
    }

    [TestCase("Dummy", "")]
    [TestCase("Delay", "startdelay=0.1 stopdelay=0.1 mondelay=0")]
    [TestCase("MailTo", "email=root@localhost program=/bin/true")]
    [TestCase("IPaddr", "ip=10.78.0.100")]
    [TestCase("IPaddr2", "ip=10.78.0.101 cidr_netmask=24 nic=eth0")]
    [TestCase("IPaddr2", "ip=fd78::101")]
    [TestCase("IPv6addr", "ipv6addr=fd78::102")]
    [TestCase("SendArp", "ip=10.78.0.1 nic=eth0")]
    [TestCase("Route", "destination=10.79.0.0/16 gateway=10.78.0.2")]
    [TestCase("IPsrcaddr", "ipaddress=10.78.0.9")]
    [TestCase("ethmonitor", "interface=eth0 link_status_only=true")]
    [TestCase("Filesystem", "device=tmpfs directory={0}/mnt fstype=tmpfs")]
    [TestCase("Http", "statusurl=http://127.0.0.1/status testtext=well")]
    [TestCase("Stateful", "")]
    [TestCase("ping", "host_list=127.0.0.1 timeout=1")]
    public void Finds_nothing_wrong_with_a_built_in_agent(string name, string parameters)
    {
        var agent = $"{_root}/resource.d/appliance/{name}";
        File.Delete(agent);
        File.CreateSymbolicLink(agent, _root + "/appliance");
        var web = name == "Http" ? Shell.Start($"ip netns exec {_space} busybox httpd -f -p 80 -h {_root}/www") : null;
        try
        {
            var (status, output) = Test(agent, string.Format(System.Globalization.CultureInfo.InvariantCulture, parameters, _root));
            var complaints = output.Split('\n').Where(l => l.StartsWith("* rc=", StringComparison.Ordinal)).Select(l => l[(l.IndexOf(": ", StringComparison.Ordinal) + 2)..]).ToList();
            if (name is "Stateful" or "ping")
            {
                // The definition has no words of OCF 1.1, and ocf-tester no other: the originals are told the same, and only that is accepted.
                Assert.That(complaints, Is.EqualTo(new[] { Definition }), output);
                Assert.That(Test($"/usr/lib/ocf/resource.d/pacemaker/{name}", parameters).Output, Does.Contain(Definition), "the original");
            }
            else
            {
                Assert.That(output, Does.EndWith("passed all tests"));
                Assert.That((status, complaints), Is.EqualTo((0, new List<string>())), output);
            }
        }
        finally
        {
            web?.Kill();
            web?.Dispose();
        }
    }

    [Test]
    public void Finds_what_is_wrong_so_that_its_silence_means_something()
    {
        File.WriteAllText($"{_root}/resource.d/appliance/Broken", $"#!/bin/sh\n[ \"$1\" != stop ] || exit 0\nexec {_root}/appliance agent Dummy \"$@\"\n");
        Shell.Run($"chmod 755 {_root}/resource.d/appliance/Broken");
        Assert.That(Test($"{_root}/resource.d/appliance/Broken", "").Output, Does.Contain("Monitoring a stopped resource should return 7"), "its stop stops nothing");
    }

    private (int Status, string Output) Test(string agent, string parameters) => Shell.Try(
        $"ip netns exec {_space} env -u OCF_ROOT HA_RSCTMP={_root}/run HA_VARRUN={_root}/run HA_SBIN_DIR={_root}/sbin {Tester} -n lab {string.Concat(parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => $"-o '{p}' "))}{agent}");
}
