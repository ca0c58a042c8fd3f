using System.Diagnostics;

namespace Appliance.Linux.Tests;

/// <summary>A child process that nobody waits for any more.</summary>
public class A_running_process
{
    [Test]
    public void That_is_disposed_of_before_its_end_leaves_no_zombie_and_harms_nobody()
    {
        for (var i = 0; i < 20; i++)
        {
            var process = RunningProcess.Start(new ProcessSpec("/bin/sleep", ["1000"], new Dictionary<string, string>()) { CaptureOutput = true });
            process.Dispose();
            Assert.That(Directory.Exists($"/proc/{process.Pid}"), "disposing of it does not end it");
            process.SignalGroup(9);
            var started = Stopwatch.GetTimestamp();
            while (Directory.Exists($"/proc/{process.Pid}") && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10)) Thread.Sleep(5);
            Assert.That(Directory.Exists($"/proc/{process.Pid}"), Is.False, "a zombie is left");
        }
        Thread.Sleep(100);      // an exception of the thread that reaps would end this process
    }
}
