using System.Diagnostics;
using System.Globalization;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Fencing;

/// <summary>A machine's management controller: OpenIPMI's <c>ipmi_sim</c>, whose chassis is a small script of ours with the power in a file.</summary>
/// <remarks>Speaks IPMI 1.5 and RMCP+ with suites 0 to 3. Users: fence (administrator), oper (operator).</remarks>
public sealed class Bmc : IDisposable
{
    public const string User = "fence", Password = "fencepw";

    /// <summary>Another controller on the BMC's bus, as a blade's; it has the same chassis.</summary>
    public const string Blade = "0x24";
    private readonly string _directory;
    private readonly Process _process;

    /// <summary>That of one machine of a pair, beside the cluster's own networks.</summary>
    /// <param name="whenOff">Instead of what really takes the machine's power.</param>
    public static Bmc Of(Pair pair, Host host, int port, string? whenOff = null)
    {
        var directory = Path.Combine(host.Work, "bmc");
        Directory.CreateDirectory(directory);
        return new(directory, Pair.ThirdAddress, port, $"ip netns exec {pair.Network.NamespaceOf(Pair.Third)}",
            whenOff ?? $"kill -KILL $(cat {host.Work}/init.pid); for d in eth0 eth1; do ip -n {pair.Network.NamespaceOf(host.Name)} addr flush dev $d; done");
    }

    /// <param name="within">Prefix that runs it where it can be reached: <c>ip netns exec NAME</c>, or empty for loopback.</param>
    /// <param name="whenOff">Shell commands that take the power from the machine.</param>
    public Bmc(string directory, string address, int port, string within = "", string whenOff = ":")
    {
        (_directory, Address, Port) = (directory, address, port);
        Directory.CreateDirectory(Path.Combine(directory, "state"));
        IsOn = true;
        Write("chassis", $$"""
            #!/bin/sh
            # ipmi_sim asks "get power" and says "set power 0"; faults are files beside this one.
            cd {{directory}} || exit 1
            op=$1; shift
            echo "$op $*" >>calls
            while [ $# -gt 0 ]; do
              what=$1; shift
              case $op.$what in
                get.power) echo "power:$(cat power)" ;;
                get.*) echo "$what:0" ;;
                set.power) value=$1; shift
                  [ ! -e stuck ] || continue
                  if [ "$value" = 0 ]; then { {{whenOff}}; } >/dev/null 2>&1; fi
                  echo "$value" >power ;;
                set.*) shift ;;
              esac
            done
            """, executable: true);
        Write("lan.conf", string.Create(CultureInfo.InvariantCulture, $"""
            name "bmc"
            set_working_mc 0x20
              startlan 1
                addr {address} {port}
                priv_limit admin
                allowed_auths_callback none md5 straight
                allowed_auths_user none md5 straight
                allowed_auths_operator none md5 straight
                allowed_auths_admin none md5 straight
                guid a0a1a2a3a4a5a6a7a8a9aaabacadaeaf
              endlan
              chassis_control "{directory}/chassis"
              user 1 true "" "" user 10 none md5 straight
              user 2 true "{User}" "{Password}" admin 10 none md5 straight
              user 3 true "oper" "operpw" operator 10 none md5 straight
            set_working_mc {Blade}
              chassis_control "{directory}/chassis"

            """));
        Write("commands", """
            mc_setbmc 0x20
            mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
            mc_enable 0x20
            mc_add 0x24 0 no-device-sdrs 0x23 9 8 0xbf 0x1291 0xf02
            mc_enable 0x24

            """);
        _process = Shell.Start($"{within} ipmi_sim -c {directory}/lan.conf -f {directory}/commands -s {directory}/state -n >{directory}/output 2>&1");
        Until.True("the BMC listens", () => Shell.Try($"{within} ss -lnu").Output.Contains($"{address}:{port}", StringComparison.Ordinal), 10);
    }

    public string Address { get; }
    public int Port { get; }

    /// <summary>Why it cannot run here, or null.</summary>
    public static string? Missing() => File.Exists("/usr/bin/ipmi_sim") ? null : "ipmi_sim is missing (Debian package openipmi)";

    public bool IsOn
    {
        get => File.ReadAllText(Path.Combine(_directory, "power")).Trim() == "1";
        set => Write("power", value ? "1\n" : "0\n");
    }

    /// <summary>Takes every order and does nothing.</summary>
    public bool Lies
    {
        set
        {
            if (value) Write("stuck", "");
            else File.Delete(Path.Combine(_directory, "stuck"));
        }
    }

    /// <summary>What the chassis was told, a line each: <c>set power 0</c>.</summary>
    public string[] Calls => File.Exists(Path.Combine(_directory, "calls")) ? [.. File.ReadAllLines(Path.Combine(_directory, "calls")).Where(l => l.StartsWith("set ", StringComparison.Ordinal))] : [];

    private void Write(string name, string text, bool executable = false)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        if (executable) File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit(5_000);
        _process.Dispose();
    }
}
