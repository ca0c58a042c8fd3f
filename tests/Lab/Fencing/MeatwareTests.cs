using Appliance.Lab.Harness;

namespace Appliance.Lab.Fencing;

/// <summary>Operators: our device with cluster-glue's client, and cluster-glue's device with ours.</summary>
public sealed class MeatwareTests
{
    private static void Needs(string program)
    {
        if (Environment.UserName != "root") Assert.Ignore("the question is asked in /run");
        if (!File.Exists(program)) Assert.Ignore($"{program} is missing (Debian package cluster-glue)");
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
    }

    private static string Node => $"machine{Environment.ProcessId}";

    private static void Answer(string client, string node)
    {
        Until.True("somebody is asked", () => File.Exists($"/run/meatware.{node}"), 10);
        Assert.That(Shell.Try($"sleep 0.3; echo y | {client} -c {node}").Status, Is.Zero);
    }

    [Test]
    public void Our_question_is_answered_by_cluster_glues_client()
    {
        Needs("/usr/sbin/meatclient");
        using var asked = Shell.Start($"{Implementation.Ours.Tools}fence meatware --plug {Node}a --action off --patience 20 2>&1");
        Answer("/usr/sbin/meatclient", Node + "a");
        Assert.That(asked.WaitForExit(10_000));
        Assert.That(asked.ExitCode, Is.Zero);
        Assert.That(asked.StandardOutput.ReadToEnd(), Does.Contain("OPERATOR INTERVENTION REQUIRED").And.Contains("Proven: "));
    }

    [Test]
    public void Cluster_glues_question_is_answered_by_our_client()
    {
        Needs("/usr/sbin/stonith");
        using var asked = Shell.Start($"/usr/sbin/stonith -t meatware hostlist={Node}b -T reset {Node}b 2>&1");
        Answer(Implementation.Ours.Tools + "meatclient", Node + "b");
        Assert.That(asked.WaitForExit(10_000));
        Assert.That(asked.ExitCode, Is.Zero, asked.StandardOutput.ReadToEnd());
    }
}
