using System.Xml.Linq;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Fencing;

/// <summary>The binary under fence-agents' names, beside the real agents of Debian.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class AgentNameTests
{
    public static IEnumerable<string> Names => ["fence_ipmilan", "fence_ipmilanplus", "fence_idrac", "fence_imm", "fence_ilo3", "fence_ilo4", "fence_ilo5",
        "fence_apc_snmp", "fence_eaton_snmp", "fence_tripplite_snmp", "fence_emerson", "fence_ipdu", "fence_ibmblade", "fence_intelmodular", "fence_ifmib", "fence_cisco_mds", "fence_scsi", "fence_mpath"];

    private static XElement Metadata(string program) => XElement.Parse(Shell.Run($"{program} -o metadata 2>/dev/null"));

    [TestCaseSource(nameof(Names))]
    public void Every_option_of_the_real_agent_is_known_with_its_default(string name)
    {
        var real = $"/usr/sbin/{name}";
        if (!File.Exists(real)) Assert.Ignore($"{name} is missing (Debian package fence-agents)");
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        var (theirs, ours) = (Metadata(real), Metadata(Implementation.Ours.Tools + name));
        static Dictionary<string, string?> Options(XElement agent) =>
            agent.Descendants("parameter").ToDictionary(p => p.Attribute("name")!.Value, p => p.Element("content")?.Attribute("default")?.Value);
        var (wanted, have) = (Options(theirs), Options(ours));
        Assert.Multiple(() =>
        {
            Assert.That(wanted.Keys.Except(have.Keys).Except(["help", "version"]), Is.Empty, "options that ours does not know");
            // Paths of programs that are not used, and waits that are not needed, are the only defaults that differ.
            foreach (var (option, value) in wanted.Where(w => w.Value is not null && !w.Key.EndsWith("_path", StringComparison.Ordinal) && w.Key != "power_wait"))
                if (have.TryGetValue(option, out var mine)) Assert.That(mine, Is.EqualTo(value), option);
            Assert.That(theirs.Descendants("action").Select(a => a.Attribute("name")!.Value).Except(ours.Descendants("action").Select(a => a.Attribute("name")!.Value)), Is.Empty, "actions that ours does not know");
        });
    }

    [Test]
    public void A_secret_on_standard_input_is_in_no_process_list_and_no_answer()
    {
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        var (_, output) = Shell.Try($"printf 'ip=127.0.0.1\\nipport=9\\nusername=x\\npassword=verysecret\\nwrong=verysecret\\naction=status\\n' | {Implementation.Ours.Tools}fence_ipmilan");
        Assert.That(output, Does.Contain("Ignoring unknown option 'wrong'").And.Not.Contains("verysecret"));
    }
}
