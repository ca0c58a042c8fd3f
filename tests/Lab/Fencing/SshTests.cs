using System.Diagnostics;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Fencing;

/// <summary>A switch's command line behind Debian's sshd: the script stands for the switch, the way there is real.</summary>
[Parallelizable(ParallelScope.Self)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SshTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("appliance-ssh-").FullName;
    private Process? _sshd;
    private int _port;

    [SetUp]
    public void Listen()
    {
        if (Environment.UserName != "root") Assert.Ignore("sshd needs root");
        if (!File.Exists("/usr/sbin/sshd")) Assert.Ignore("sshd is missing (Debian package openssh-server)");
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        _port = IpmiTests.FreePort();
        Shell.Run($"cd {_directory} && ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f plain && ssh-keygen -q -t ed25519 -N 'a phrase' -f locked && cat plain.pub locked.pub >authorized && mkdir -p /run/sshd");
        File.WriteAllText(Path.Combine(_directory, "switch"), $$"""
            #!/bin/sh
            cd {{_directory}}
            while printf 'sw0:admin> ' && read -r command argument; do
              case $command in
                switchshow) printf 'switchName: sw0\n=====\n   2   2   010200   id    N8   Online   FC  F-Port  50:06\n'
                  if [ -e disabled3 ]; then echo '   3   3   010300   id    N8   No_Light    FC Disabled (Persistent)'; else echo '   3   3   010300   id    N8   Online   FC  F-Port  50:07'; fi ;;
                portcfgpersistentdisable) if [ -e dies ]; then exit 1; fi; touch disabled$argument ;;
                portcfgpersistentenable) rm -f disabled$argument ;;
                exit) exit 0 ;;
              esac
            done
            """);
        File.SetUnixFileMode(Path.Combine(_directory, "switch"), (UnixFileMode)0b111_101_101);
        File.WriteAllText(Path.Combine(_directory, "config"), $"""
            Port {_port}
            ListenAddress 127.0.0.1
            HostKey {_directory}/host
            AuthorizedKeysFile {_directory}/authorized
            PermitRootLogin yes
            UsePAM no
            PasswordAuthentication yes
            StrictModes no
            PidFile none
            ForceCommand {_directory}/switch

            """);
        StartServer();
    }

    private void StartServer()
    {
        _sshd = Shell.Start($"/usr/sbin/sshd -D -e -f {_directory}/config 2>>{_directory}/log");
        Until.True("sshd listens", () => Shell.Try("ss -lnt").Output.Contains($"127.0.0.1:{_port}", StringComparison.Ordinal), 10);
    }

    private void EndServer()
    {
        if (_sshd is { HasExited: false }) _sshd.Kill(entireProcessTree: true);
        _sshd?.WaitForExit(5_000);
        _sshd?.Dispose();
        _sshd = null;
    }

    private (int Status, string Output) Fence(string arguments) => Shell.Try($"{Implementation.Ours.Tools}fence switchcli --profile brocade --ip 127.0.0.1 --ipport {_port} --username root {arguments}");

    [TestCase("plain", "")]
    [TestCase("locked", "--password 'a phrase'")]       // by way of our askpass
    public void A_port_is_disabled_and_enabled_and_listed_so(string key, string secret)
    {
        var way = $"--identity_file {_directory}/{key} {secret}";
        Assert.That(Fence($"{way} --plug 3 --action off"), Is.EqualTo((0, "Proven: port 3 was switched and then listed as off")));
        Assert.That(File.Exists(Path.Combine(_directory, "disabled3")));
        Assert.That(Fence($"{way} --plug 3 --action status").Status, Is.EqualTo(2));
        Assert.That(Fence($"{way} --plug 3 --action on").Status, Is.Zero);
        Assert.That(Fence($"{way} --plug 9 --action off"), Is.EqualTo((1, "NoSuchPlug: the device lists no port 9")));
    }

    [Test]
    public void A_switch_that_ends_the_dialogue_is_no_fence_and_leaves_no_ssh_behind()
    {
        File.WriteAllText(Path.Combine(_directory, "dies"), "");
        var (status, output) = Fence($"--identity_file {_directory}/plain --plug 3 --action off");
        Assert.That((status, output), Is.EqualTo((1, output)));
        Assert.That(output, Does.StartWith("Unreachable: the dialogue ended at \"portcfgpersistentdisable 3\""));
        // The brackets keep the question itself out of the answer.
        Until.True("ssh is gone", () => Shell.Try($"pgrep -f -- '[-]tt -p {_port} '").Output.Length == 0, 5);
    }

    [Test]
    public void A_switch_with_another_host_key_is_not_told_anything()
    {
        Assert.That(Fence($"--identity_file {_directory}/plain --plug 3 --action status").Status, Is.Zero);
        EndServer();
        Shell.Run($"cd {_directory} && rm host host.pub && ssh-keygen -q -t ed25519 -N '' -f host");
        StartServer();
        Assert.That(Fence($"--identity_file {_directory}/plain --plug 3 --action off").Output, Does.StartWith("Refused: the device is not the one we know by its host key"));
    }

    [Test]
    public void A_profile_of_the_administrator_is_spoken()
    {
        File.WriteAllText(Path.Combine(_directory, "own.profile"), "fabric = yes\nprompt = admin>\nstatus = switchshow\nrow = {plug} {word} {word} {word} {word} {word} FC {state} {rest}\noff-is = Disabled\non-is = F-Port\n"
            + "switch-off = portcfgpersistentdisable {plug}\nswitch-on = portcfgpersistentenable {plug}\n");
        Assert.That(Fence($"--dialogue_file {_directory}/own.profile --identity_file {_directory}/plain --plug 3 --action off"), Is.EqualTo((0, "Proven: port 3 was switched and then listed as off")));
        File.AppendAllText(Path.Combine(_directory, "own.profile"), "of-is = x\n");
        Assert.That(Fence($"--dialogue_file {_directory}/own.profile --identity_file {_directory}/plain --plug 3 --action off").Output, Does.Contain("own.profile:9: there is no field of-is"));
    }

    [Test]
    public void A_wrong_password_is_said_and_is_in_no_process_list()
    {
        var (status, output) = Fence("--password nonsense --plug 3 --action off");
        Assert.That((status, output), Is.EqualTo((1, output)));
        Assert.That(output, Does.StartWith("Refused: ").And.Not.Contains("nonsense"));
    }

    public void Dispose()
    {
        EndServer();
        Shell.Try($"ssh-keygen -R '[127.0.0.1]:{_port}' -f /var/lib/heartbeat/appliance-known-hosts; rm -f /var/lib/heartbeat/appliance-known-hosts.old");
        Directory.Delete(_directory, true);
    }
}
