using System.Diagnostics;
using Appliance.Commands;
using NUnit.Framework;

namespace Appliance.Tests.Commands;

[TestFixture]
public sealed class CompletionTests
{
    [Test]
    public void Bash_reads_its_completion_and_completes_every_applet()
    {
        if (!File.Exists("/bin/bash")) Assert.Ignore("bash is missing");
        var text = CompletionCommand.Script("bash");
        Assert.That(Bash("-n", text), Is.EqualTo((0, "")));
        foreach (var (name, _) in Applets.Lines)
        {
            if (name is "control" or "agent") continue;      // nobody types them
            var (status, output) = Bash("-s", text + $"\nCOMP_WORDS=(appliance {name}); COMP_CWORD=1; _appliance; printf '%s\\n' \"${{COMPREPLY[@]}}\"\n");
            Assert.That(status, Is.Zero, output);
            Assert.That(output.Split('\n'), Does.Contain(name));
        }
    }

    private static (int Status, string Output) Bash(string how, string text)
    {
        using var bash = Process.Start(new ProcessStartInfo("/bin/bash", ["--norc", how]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        bash.StandardInput.Write(text);
        bash.StandardInput.Close();
        var errors = bash.StandardError.ReadToEndAsync();
        var output = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();
        return (bash.ExitCode, output + errors.Result);
    }
}
