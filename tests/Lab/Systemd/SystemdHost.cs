using Appliance.Lab.Harness;

namespace Appliance.Lab.Systemd;

/// <summary>A machine whose process 1 is the real systemd, with D-Bus, in namespaces; the published binary is installed in it.</summary>
/// <remarks>The program <c>machine</c> beside this file boots it.</remarks>
public sealed class SystemdHost : IDisposable
{
    private static readonly string s_program = Find();
    private static int s_number;
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"appliance-systemd-{Environment.ProcessId}-{Interlocked.Increment(ref s_number)}");

    public string Name => Path.GetFileName(_directory);

    /// <summary>It has not crashed.</summary>
    public bool IsUp { get; private set; } = true;

    /// <summary>Every process of the machine dies at once.</summary>
    public void Crash()
    {
        Call("crash");
        IsUp = false;
    }

    /// <summary>A cable to another: eth0, 10.88.0.1 and .2.</summary>
    public void Link(SystemdHost other)
    {
        var (status, output) = Shell.Try($"{s_program} link {_directory} {other._directory}");
        if (status != 0) Assert.Fail(output);
    }

    /// <summary>Writes a file inside.</summary>
    public void Write(string path, string text) => Shell.Run(Inside($"sh -c 'mkdir -p $(dirname {path}); cat >{path}'"), text);

    /// <summary>Boots; the test cannot run where that is not possible.</summary>
    public SystemdHost()
    {
        if (Environment.UserName != "root") Assert.Ignore("namespaces need root");
        Sweep();
        if (!File.Exists("/lib/systemd/systemd") || !File.Exists("/usr/bin/dbus-daemon")) Assert.Ignore("systemd and dbus are missing (Debian packages systemd, dbus)");
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        var (status, output) = Call("up");
        if (status != 0)
        {
            Call("down");
            Assert.Ignore($"a machine with systemd cannot be booted here: {output}");
        }
        Shell.Run($"{Inside("sh -c 'cat >/usr/local/sbin/appliance; chmod 755 /usr/local/sbin/appliance'")} <{Implementation.Ours.Tools.Trim()}");
    }

    /// <summary>A command line that runs inside.</summary>
    public string Inside(string command) => $"{s_program} exec {_directory} {command}";

    public (int Status, string Output) Try(string command) => Shell.Try(Inside(command));

    public string Run(string command) => Shell.Run(Inside(command));

    /// <summary>Runs a script inside.</summary>
    public (int Status, string Output) Script(string script) => Shell.Try(Inside("sh"), script);

    /// <summary>Puts unit files in place.</summary>
    public void Units(params (string Name, string Text)[] units)
    {
        foreach (var (name, text) in units) Shell.Run(Inside($"sh -c 'cat >/etc/systemd/system/{name}'"), text);
        Run("systemctl daemon-reload");
    }

    /// <summary>Our tool, as an operator calls it there.</summary>
    public (int Status, string Output) Ours(string arguments)
    {
        var result = Try($"appliance systemd {arguments}");
        TestContext.Out.WriteLine($"{DateTime.Now:HH:mm:ss.fff} systemd {arguments}: {result.Status} {result.Output}");
        return result;
    }

    public string Property(string unit, string property) => Run($"systemctl show -P {property} {unit}");

    public void Dispose() => Call("down");

    private (int Status, string Output) Call(string verb) => Shell.Try($"{s_program} {verb} {_directory}");

    /// <summary>Takes away what a run that was killed has left.</summary>
    private static void Sweep()
    {
        foreach (var directory in Directory.GetDirectories(Path.GetTempPath(), "appliance-systemd-*"))
            if (!Directory.Exists($"/proc/{Path.GetFileName(directory).Split('-')[2]}")) Shell.Try($"{s_program} down {directory}");
    }

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Appliance.sln"))) return Path.Combine(directory.FullName, "tests", "Lab", "Systemd", "machine");
        throw new FileNotFoundException("the project's root is not above the tests");
    }
}
