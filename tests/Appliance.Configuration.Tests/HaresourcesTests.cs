using Appliance.Configuration;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;

namespace Appliance.Configuration.Tests;

public class A_line_of_haresources
{
    [TestCase("alpha httpd\n", "alpha httpd")]
    [TestCase("ALPHA\t10.0.0.1/24   httpd \n", "alpha 10.0.0.1/24 httpd")]
    [TestCase("alpha httpd # comment\n", "alpha httpd")]
    [TestCase("# alpha httpd\nbeta httpd\n", "beta httpd")]
    [TestCase("alpha 10.0.0.1/24 \\\n  httpd\n", "alpha 10.0.0.1/24 httpd")]
    [TestCase("alpha ht\\\ntpd\n", "alpha httpd")]
    [TestCase("alpha httpd \\\n\nbeta Delay\n", "alpha httpd", "beta Delay")]
    [TestCase("alpha httpd\nbeta Delay\n", "alpha httpd", "beta Delay")]
    [TestCase("alpha httpd\r\n", "alpha httpd")]
    public void Is_a_group_of_resources_on_its_preferred_node(string text, params string[] groups) =>
        Assert.That(Given.Haresources(text).Value!.Groups.Select(g => g.ToString()), Is.EqualTo(groups));

    [TestCase("httpd", "httpd", "")]
    [TestCase("Filesystem::/dev/sda1::/data::ext4", "Filesystem", "/dev/sda1|/data|ext4")]
    [TestCase("10.0.0.5", "IPaddr", "10.0.0.5")]
    [TestCase("10.0.0.5/24/eth0:1/10.0.0.255", "IPaddr", "10.0.0.5/24/eth0:1/10.0.0.255")]
    [TestCase("IPaddr2::10.0.0.5/24/eth0", "IPaddr2", "10.0.0.5/24/eth0")]
    [TestCase("OCF::agent::instance", "OCF", "agent|instance")]
    [TestCase("script::::arg::", "script", "arg")]
    [TestCase("a:b::c", "a:b", "a:c")]
    [TestCase("IPv6addr::2001:db8::1", "IPv6addr", "2001:db8|1")]
    [TestCase("10.0.0.5::x", "IPaddr", "x")]
    [TestCase("1.2.3", "1.2.3", "")]
    public void Holds_words_that_name_a_script_and_its_arguments(string word, string script, string arguments)
    {
        var resource = ResourceWord.Parse(word);
        Assert.That((resource.Text, resource.Script, string.Join('|', resource.Arguments)), Is.EqualTo((word, script, arguments)));
    }

    [TestCase("gamma httpd\n", "Bad nodename in /etc/ha.d//haresources [gamma]")]
    [TestCase("#c \\\ngamma x\n", "Bad nodename in /etc/ha.d//haresources [gamma]")]
    [TestCase("al#pha httpd\n", "Bad nodename in /etc/ha.d//haresources [al#pha]")]
    public void Is_refused_in_these_words(string text, string message) => Assert.That(Given.Haresources(text).Errors(), Is.EqualTo(new[] { message }));

    [TestCase("alpha nosuch\n", "Cannot locate resource script nosuch")]
    [TestCase("alpha 10.0.0.5\n", "[10.0.0.5] gives no prefix length: it is taken from the route to the address on the node that starts it")]
    [TestCase("alpha IPaddr2::10.0.0.5/99\n", "[99] is no prefix length: the agent will refuse to start")]
    [TestCase("alpha 300.0.0.5/24\n", "[300.0.0.5] is no IPv4 address: the agent will refuse to start")]
    [TestCase("alpha IPv6addr::2001:db8::1\n", "the :: in [IPv6addr::2001:db8::1] cuts the address: the agent gets [2001:db8] [1]")]
    [TestCase("alpha httpd::\"a\n", "quotes in [httpd::\"a] mean nothing: they are part of the word")]
    [TestCase("alpha httpd::*\n", "[httpd::*] holds shell wildcards, which 3.0.6 expands in the daemon's directory", "the key [httpd::*] holds characters of regular expressions: 3.0.6 may not find the group, or find another one")]
    [TestCase("alpha\n", "node [alpha] has no resource in this line")]
    [TestCase("Alpha httpd\n", "node name [Alpha] is taken as [alpha]")]
    [TestCase("alpha httpd\nbeta httpd\n", "the key [httpd] is already the group's of line 1: this line is ignored")]
    [TestCase("alpha httpd\nbeta Delay httpd\n", "the key [httpd] also finds line 2 (there: [httpd]): 3.0.6 would move both groups together")]
    [TestCase("alpha Delay::1.2\nbeta Delay::1x2\n", "the key [Delay::1.2] also finds line 2 (there: [Delay::1x2]): 3.0.6 would move both groups together")]
    [TestCase("alpha 10.0.0.5/24\nbeta httpd IPaddr2::10.0.0.5/24\n", "the address 10.0.0.5 is also in the group of line 1")]
    [TestCase("alpha httpd # Delay \\\n", "this backslash is part of the comment: the line ends here")]
    [TestCase("alpha httpd \\\n Delay#1\n", "the # does not start a comment here: what follows becomes resources", "Cannot locate resource script Delay#1")]
    [TestCase("alpha httpd\\", "nothing follows this backslash: 3.0.6 makes it a part of the last word", "Cannot locate resource script httpd\\", "the key [httpd\\] holds characters of regular expressions: 3.0.6 may not find the group, or find another one")]
    [TestCase("alpha httpd\r\n", "the line ends as on Windows; 3.0.6 makes the carriage return a part of the last word")]
    public void Is_warned_of_in_these_words(string text, params string[] messages)
    {
        var read = Given.Haresources(text);
        Assert.That(read.Errors(), Is.Empty);
        Assert.That(read.Warnings(), Is.EquivalentTo(messages));
    }

    [Test]
    public void Can_be_missing_with_the_whole_file() => Assert.That(
        ConfigurationReader.ReadHaresources(new("/etc/ha.d/haresources", null), ["alpha"], new FakeFacts()).Errors(), Is.EqualTo(new[] { "Cannot open resources file [/etc/ha.d//haresources]" }));
}
