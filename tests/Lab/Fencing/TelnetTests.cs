using System.Diagnostics;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Fencing;

/// <summary>A switch without ssh: a script on a terminal, behind socat's TCP port.</summary>
[Parallelizable(ParallelScope.Self)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TelnetTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("appliance-telnet-").FullName;
    private Process? _server;
    private int _port;

    [SetUp]
    public void Listen()
    {
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        if (Shell.Try("command -v socat").Status != 0) Assert.Ignore("socat is missing");
        _port = IpmiTests.FreePort();
        File.WriteAllText(Path.Combine(_directory, "switch"), $$"""
            #!/bin/sh
            cd {{_directory}}
            # WILL ECHO, DO TERMINAL-TYPE: as a telnet server begins
            # What the other end answers to that (three bytes each) is no text, and not echoed.
            stty -echo -icanon min 0 time 20
            printf '\377\373\001\377\375\030'
            dd bs=1 count=6 >/dev/null 2>&1
            stty echo icanon
            printf 'login: '; read -r name
            stty -echo; printf 'Password: '; read -r secret; stty echo
            if [ "$name $secret" != 'admin s3cret' ]; then printf '\nLogin incorrect\nlogin: '; read -r name; exit; fi
            printf '\n\033[1mWelcome\033[0m\n'
            prompt='SANbox #>'
            while printf '%s ' "$prompt" && read -r command; do
              case $command in
                'admin start') prompt='SANbox (admin) #>' ;;
                'admin end') prompt='SANbox #>'; touch ended ;;
                'show port 3') printf '  AdminState         %s    OperationalState  Online\n' "$(cat state 2>/dev/null || echo Online)" ;;
                'set port 3 state offline') echo Offline >state ;;
                'set port 3 state online') echo Online >state ;;
                exit) exit 0 ;;
                *) echo 'Invalid port' ;;
              esac
            done
            """);
        File.SetUnixFileMode(Path.Combine(_directory, "switch"), (UnixFileMode)0b111_101_101);
        _server = Shell.Start($"socat TCP-LISTEN:{_port},bind=127.0.0.1,reuseaddr,fork EXEC:{_directory}/switch,pty,setsid,ctty,igncr=1,stderr");
        Until.True("socat listens", () => Shell.Try("ss -lnt").Output.Contains($"127.0.0.1:{_port}", StringComparison.Ordinal), 10);
    }

    private (int Status, string Output) Fence(string arguments) => Shell.Try($"{Implementation.Ours.Tools}fence switchcli --profile sanbox --ip 127.0.0.1 --ipport {_port} --username admin {arguments}");

    [Test]
    public void A_port_is_set_offline_and_online()
    {
        Assert.That(Fence("--password s3cret --plug 3 --action off"), Is.EqualTo((0, "Proven: port 3 was switched and then listed as off")));
        Assert.That(File.ReadAllText(Path.Combine(_directory, "state")), Is.EqualTo("Offline\n"));
        Until.True("the administration is given back", () => File.Exists(Path.Combine(_directory, "ended")), 5);
        Assert.That(Fence("--password s3cret --plug 3 --action status"), Is.EqualTo((2, "Proven: port 3 is off\nStatus: OFF")));
        Assert.That(Fence("--password s3cret --plug 3 --action on"), Is.EqualTo((0, "Proven: port 3 was switched and then listed as on")));
        Assert.That(Fence("--password s3cret --plug 9 --action off"), Is.EqualTo((1, "NoSuchPlug: the device lists no port 9")));
    }

    [Test]
    public void A_wrong_password_and_a_closed_port_are_told_apart()
    {
        Assert.That(Fence("--password nonsense --plug 3 --action off"), Is.EqualTo((1, "Refused: the device refused the login: check username and password")));
        EndServer();
        Assert.That(Fence("--password s3cret --plug 3 --action off"), Is.EqualTo((1, "Unreachable: the dialogue ended: Connection refused")));
    }

    private void EndServer()
    {
        if (_server is { HasExited: false }) _server.Kill(entireProcessTree: true);
        _server?.WaitForExit(5_000);
        _server?.Dispose();
        _server = null;
    }

    public void Dispose()
    {
        EndServer();
        Directory.Delete(_directory, true);
    }
}
