using System.Text;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices.Cli;

namespace Appliance.Stonith.Tests.Cli;

public sealed class CliProfileTests
{
    private static readonly CliProfile[] All = [.. new CliSwitchDevice().CliProfiles, .. new CliStripDevice().CliProfiles];

    [Test]
    public void Every_profile_is_read() => Assert.That(All.Select(p => p.Name), Is.EqualTo(new[] { "brocade", "sanbox", "apc", "cyberpower", "raritan-px3", "sentry7", "sentry8" }));

    [TestCase("prompt", "my.profile:1: this is not FIELD = VALUE")]
    [TestCase("promt = x", "my.profile:1: there is no field promt")]
    [TestCase("# one\nprompt =", "my.profile:2: prompt has no value")]
    [TestCase("prompt = a\nprompt = b", "my.profile:2: prompt was given before, in line 1")]
    [TestCase("fabric = perhaps", "my.profile:1: fabric must be yes or no")]
    [TestCase("row = {plug} {plug} {state}", "my.profile:1: row: {plug} stands twice")]
    [TestCase("row = {plug}", "my.profile:1: row has no {state}")]
    [TestCase("heading = x {name}", "my.profile:1: heading has no {plug}")]
    [TestCase("switch-off = off", "my.profile:1: switch-off must hold {plug}")]
    [TestCase("off-is = |", "my.profile:1: off-is holds no word")]
    [TestCase("off-is = a | b\non-is = B", "my.profile: off-is and on-is: b cannot mean both")]
    [TestCase("row = {state}", "my.profile: row has no {plug}, no heading has one")]
    [TestCase("", "my.profile: prompt is missing")]
    public void What_is_wrong_is_said_with_file_line_and_field(string text, string problem)
    {
        var (profile, problems) = CliProfileReader.Read("my.profile", text);
        Assert.That(profile, Is.Null);
        Assert.That(problems, Has.Some.StartWith(problem));
    }

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public void Any_file_is_read_without_an_exception(string? text) => _ = CliProfileReader.Read("x", $"row = {{plug}} {text}\n{text}");

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public void Any_screen_is_read_without_an_exception(string? text, byte which)
    {
        var profile = All[which % All.Length];
        var printed = TerminalText.Plain($"{profile.RowsAfter}\n{text}\n\e{text} 3: {text}: Off\n");
        foreach (var row in CliList.Read(profile, printed, which % 2 == 0 ? "3" : null)) Assert.That(row.Plug, Does.Match("^[A-Za-z0-9._/][A-Za-z0-9._/-]*$"));
        Assert.That(printed, Does.Not.Contain('\e'));
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public void A_list_cut_or_changed_anywhere_never_turns_on_into_off(ushort cut, ushort place, char put)
    {
        var good = "olStatus all\r\nE000: Success\r\n 1: Outlet 1: On\r\n 2: db: On\r\n 3: 2: On\r\napc>";
        var bad = new StringBuilder(good[..(cut % (good.Length + 1))]);
        if (bad.Length > 0) bad[place % bad.Length] = put;
        foreach (var profile in All)
            foreach (var row in CliList.Read(profile, TerminalText.Plain(bad.ToString()), null)) Assert.That(row.State, Is.Not.EqualTo(PowerState.Off));
    }

    [TestCase("a\e[31mb\e[0mc", "abc")]
    [TestCase("a\e]0;title\ab", "ab")]
    [TestCase("a\e]0;title\e\\b", "ab")]
    [TestCase("a\e]0;never ended\nb", "a\nb")]
    [TestCase("ab\b\bcd", "cd")]
    [TestCase("a\e", "a")]
    [TestCase("a\e[", "a")]
    public void Terminal_sequences_are_not_text(string sent, string seen) => Assert.That(TerminalText.Plain(sent), Is.EqualTo(seen));

    [TestCase("off 3\r\nx", "off 3", "\r\nx")]
    [TestCase("of \rf 3\r\nx", "off 3", "\r\nx")]
    [TestCase("banner of\r\noff 3\r\nx", "off 3", "\r\nx")]
    [TestCase("off", "off 3", null)]
    [TestCase("x", "", "x")]
    public void An_answer_stands_behind_the_echo(string heard, string said, string? answer)
    {
        var at = TerminalText.BehindEcho(heard, said);
        Assert.That(at < 0 ? null : heard[at..], Is.EqualTo(answer));
    }

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public void Telnet_negotiation_is_told_from_text_wherever_it_is_cut(byte[]? bytes, byte cut)
    {
        bytes ??= [];
        var (whole, pieces, reply, reply2) = (new List<byte>(), new List<byte>(), new List<byte>(), new List<byte>());
        new TelnetText().Take(bytes, whole, reply);
        var telnet = new TelnetText();
        var at = bytes.Length == 0 ? 0 : cut % bytes.Length;
        telnet.Take(bytes.AsSpan(0, at), pieces, reply2);
        telnet.Take(bytes.AsSpan(at), pieces, reply2);
        Assert.That((whole.SequenceEqual(pieces), reply.SequenceEqual(reply2)), Is.EqualTo((true, true)));
    }

    [Test]
    public void Telnet_options_are_refused_but_echo()
    {
        var (text, reply) = (new List<byte>(), new List<byte>());
        new TelnetText().Take([255, 251, 1, 255, 253, 24, 255, 251, 3, 255, 251, 5, 255, 250, 24, 1, 255, 240, (byte)'h', 255, 255, (byte)'i', 255, 252, 1], text, reply);
        Assert.That(text, Is.EqualTo(new byte[] { (byte)'h', 255, (byte)'i' }));
        Assert.That(reply, Is.EqualTo(new byte[] { 255, 253, 1, 255, 252, 24, 255, 253, 3, 255, 254, 5 }));
    }
}
