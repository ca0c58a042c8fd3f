using Appliance.Commands.Policy;

namespace Appliance.Tests.Commands;

/// <summary>What somebody at a terminal sees of a long run.</summary>
public class A_waiting_line
{
    /// <summary>Far longer than it takes, as the machine may be busy.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private sealed class Terminal : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            if (value?.Contains("wanted", StringComparison.Ordinal) == true) Seen.Set();
        }

        public ManualResetEventSlim Seen { get; } = new();
    }

    [Test]
    public void Says_what_is_done_and_is_gone_afterwards()
    {
        using var terminal = new Terminal();
        var line = new WaitingLine(terminal, TimeSpan.Zero);
        line.While("something else", () =>
        {
            line.Now("what was wanted");
            Assert.That(terminal.Seen.Wait(Deadline), Is.True, "the line never came");
        });
        Assert.That(terminal.ToString(), Does.Match("\\rcrm_simulate: what was wanted, [0-9]+ s\u001b\\[K").And.EndsWith("\r\u001b[K"));
    }

    [Test]
    public void Says_nothing_about_what_is_soon_done()
    {
        using var terminal = new Terminal();
        var done = false;
        new WaitingLine(terminal, TimeSpan.FromDays(1)).While("nothing", () => done = true);
        Assert.That(done, Is.True);
        Assert.That(terminal.ToString(), Is.Empty);
    }

    [Test]
    public void Is_gone_after_a_failure_too()
    {
        using var terminal = new Terminal();
        Assert.That(() => new WaitingLine(terminal, TimeSpan.Zero).While("what was wanted", () =>
        {
            terminal.Seen.Wait(Deadline);
            throw new FormatException("it failed");
        }), Throws.InstanceOf<FormatException>());
        Assert.That(terminal.ToString(), Does.EndWith("\r\u001b[K"));
    }
}
