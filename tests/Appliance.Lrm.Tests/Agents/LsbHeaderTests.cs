using Appliance.Lrm.Catalog;

namespace Appliance.Lrm.Tests.Agents;

/// <summary>Expected values: what Pacemaker 2.1.5's crm_resource prints for the same files; the lab compares both on more of them.</summary>
public class The_header_of_an_init_script
{
    private const string Begin = "#!/bin/sh\n### BEGIN INIT INFO\n", End = "### END INIT INFO\n";

    [TestCase("echo hi\n", "Provides", "")]
    [TestCase(Begin + "# Provides: a&b <c>\n" + End, "Provides", " a&amp;b &lt;c&gt;\n")]
    [TestCase(Begin + "# Provides: one\n# Provides: two\n" + End, "Provides", " one\n")]
    [TestCase("# Provides: before\n" + Begin + "#Provides: x\n# provides: y\n" + End, "Provides", "")]
    [TestCase(Begin + End + "# Required-Stop: late\n", "Required-Stop", "")]
    [TestCase(Begin + "foo\n# Default-Stop: 4\n" + End, "Default-Stop", "")]
    [TestCase(Begin + "# Default-Stop:\n" + End, "Default-Stop", "\n")]
    [TestCase(Begin + "# Provides: \u00e4\u20ac\r\n" + End, "Provides", " &#xE4;&#x20AC;&#13;\n")]
    [TestCase(Begin + "# Description: first\n#  second\n#\tthird\n# Required-Start: lost\n" + End, "Required-Start", "")]
    public void Gives_its_values_as_they_stand(string script, string key, string value) =>
        Assert.That(LsbHeader.MetaData("x", script), Does.Contain($"    <{key}>{value}</{key}>\n"));

    [TestCase("", "x")]
    [TestCase("# Short-Description: it's \"short\"\n", " it's \"short\"\n")]
    [TestCase("# Description: long\n# Short-Description: swallowed\n", "x")]
    public void Gives_a_line_that_says_what_it_is(string lines, string value) =>
        Assert.That(LsbHeader.MetaData("x", Begin + lines + End), Does.Contain($"  <shortdesc lang='en'>{value}</shortdesc>\n"));

    [TestCase("", "x")]
    [TestCase("# Description: first\n#  second\n#\tthird\n#\n#  not this\n", " first\n  second\n\tthird\n")]
    public void Gives_a_longer_text(string lines, string value) =>
        Assert.That(LsbHeader.MetaData("x", Begin + lines + End), Does.Contain($"  <longdesc lang='en'>\n{value}  </longdesc>\n"));
}
