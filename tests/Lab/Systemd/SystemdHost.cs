using Appliance.Lab.Harness;

namespace Appliance.Lab.Systemd;

/// <summary>A machine whose process 1 is the real systemd, with D-Bus, in namespaces; the published binary is installed in it.</summary>
/// <remarks>It is booted by a program beside this project, where there is one.</remarks>
public sealed class SystemdHost : IDisposable
{
    private static readonly string? s_program = Find();
    private static readonly string s_work = Path.Combine(Path.GetTempPath(), $"appliance-systemd-{Environment.ProcessId}");
    private static int s_number;
    private readonly string _name = $"h{Interlocked.Increment(ref s_number)}";

    public string Name => _name;

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
        var (status, output) = Shell.Try($"{Settings()} bash {s_program} link {_name} {other._name}");
        if (status != 0) Assert.Fail(output);
    }

    /// <summary>Writes a file inside.</summary>
    public void Write(string path, string text) => Shell.Run(Inside($"sh -c 'mkdir -p $(dirname {path}); cat >{path}'"), text);

    /// <summary>Boots; passes the test without running it, with the reason, where that cannot be.</summary>
    public SystemdHost()
    {
        if (s_program is null) Assert.Pass("no program beside this project boots a machine with systemd");
        if (Environment.UserName != "root") Assert.Ignore("namespaces need root");
        if (!File.Exists("/lib/systemd/systemd") || !File.Exists("/usr/bin/dbus-daemon")) Assert.Pass("systemd and dbus are not installed (Debian packages systemd, dbus)");
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        var (status, output) = Call("up");
        if (status != 0)
        {
            Call("down");
            Assert.Pass($"a machine with systemd cannot be booted here: {output}");
        }
        Shell.Run($"{Inside("sh -c 'cat >/usr/local/sbin/appliance; chmod 755 /usr/local/sbin/appliance'")} <{Implementation.Ours.Tools.Trim()}");
    }

    /// <summary>A command line that runs inside.</summary>
    public string Inside(string command) => $"{Settings()} bash {s_program} exec {_name} {command}";

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

    private static string Settings() => $"env SDH_WORK={s_work} SDH_PREFIX=apsd{Environment.ProcessId}";

    private (int Status, string Output) Call(string verb) => Shell.Try($"{Settings()} bash {s_program} {verb} {_name}");

    private static string? Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (Path.Combine(directory.FullName, "shared", "lab", "systemd-host.sh") is var path && File.Exists(path)) return path;
        return null;
    }
}
