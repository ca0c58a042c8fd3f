using System.Diagnostics;
using Appliance.Stonith.Conversations;

namespace Appliance.Fencing.Tests;

/// <summary>A port whose adapter is unplugged and plugged in again, played by a pseudo terminal.</summary>
public sealed class A_serial_port_with_a_relay : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("relay").FullName;
    private Process? _adapter;

    private string Port => _directory + "/ttyRELAY0";

    public void Dispose()
    {
        Unplug();
        Directory.Delete(_directory, true);
    }

    private void Plug()
    {
        _adapter = Process.Start("/usr/bin/socat", [$"pty,raw,echo=0,link={Port}", $"pty,raw,echo=0,link={_directory}/other"]);
        var clock = Stopwatch.StartNew();
        while (!File.Exists(Port) && clock.Elapsed < TimeSpan.FromSeconds(20)) Thread.Sleep(10);
    }

    private void Unplug()
    {
        _adapter?.Kill();
        _adapter?.WaitForExit();
        _adapter?.Dispose();
        _adapter = null;
        foreach (var link in new[] { Port, _directory + "/other" }) File.Delete(link);
    }

    private string? Failure()
    {
        var read = new ReadLine(Port, "cts");
        OutputLines.Read(read);
        return read.Failure;
    }

    [Test]
    public void Is_opened_anew_when_it_has_failed()
    {
        if (!File.Exists("/usr/bin/socat")) Assert.Ignore("needs socat");
        Plug();
        var fresh = Failure();
        Assert.That(fresh, Does.Contain("Inappropriate ioctl"), "a pseudo terminal has no such line, and says so");
        Unplug();
        Plug();
        Assert.That(Failure(), Is.EqualTo(fresh), "and not that of the terminal that is gone");
    }
}
