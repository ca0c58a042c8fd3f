using System.Diagnostics;
using System.Globalization;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Fencing;

/// <summary>A switched power strip: Debian's snmpd, whose outlets (APC's rPDU2 tables) are a small script of ours with the states in files.</summary>
public sealed class PowerStrip : IDisposable
{
    public const string Reads = "public", Writes = "private", Auth = "authpass1", Priv = "privpass1";

    /// <summary>Users of version 3: name, how it signs, how it encrypts.</summary>
    public static readonly (string Name, string Auth, string Priv)[] Users =
    [
        ("none", "", ""), ("md5", "MD5", ""), ("sha", "SHA", ""), ("sha224", "SHA-224", ""), ("sha256", "SHA-256", ""), ("sha384", "SHA-384", ""), ("sha512", "SHA-512", ""),
        ("md5des", "MD5", "DES"), ("shades", "SHA", "DES"), ("shaaes", "SHA", "AES"), ("sha256aes", "SHA-256", "AES"), ("sha512aes", "SHA-512", "AES"),
    ];

    private const string Tree = ".1.3.6.1.4.1.318.1.1.26.9.2";
    private readonly string _directory;
    private readonly Process _process;

    public PowerStrip(string directory, string address, int port, int outlets = 8, string within = "", string whenOff = ":")
    {
        (_directory, Port) = (directory, port);
        Directory.CreateDirectory(Path.Combine(directory, "persist"));
        for (var i = 1; i <= outlets; i++) File.WriteAllText(Path.Combine(directory, $"outlet{i}"), "2\n");
        var script = Path.Combine(directory, "outlets");
        // snmpd's pass_persist: PING, get, getnext and set, a line each; OIDs are asked for in order.
        File.WriteAllText(script, $$"""
            #!/bin/sh
            cd {{directory}} || exit 1
            all=$(for column in 3.1.3 3.1.5 4.1.5; do n=1; while [ $n -le {{outlets}} ]; do echo "{{Tree}}.$column.$n"; n=$((n+1)); done; done)
            answer() { # OID
              n=${1##*.}
              case $1 in
                {{Tree}}.3.1.3.*) printf '%s\nstring\nhost%s\n' "$1" "$n" ;;
                {{Tree}}.3.1.5.*) printf '%s\ninteger\n%s\n' "$1" "$(cat outlet$n)" ;;
                {{Tree}}.4.1.5.*) printf '%s\ninteger\n0\n' "$1" ;;
              esac
            }
            while read -r word; do
              case $word in
                PING) echo PONG ;;
                get) read -r oid; if echo "$all" | grep -qxF -e "$oid"; then answer "$oid"; else echo NONE; fi ;;
                getnext) read -r oid
                  next=$(echo "$all" | awk -v asked="$oid" 'function less(a, b, x, y, i, n, m) { n = split(a, x, "."); m = split(b, y, "."); for (i = 1; i <= n && i <= m; i++) if (x[i] + 0 != y[i] + 0) return x[i] + 0 < y[i] + 0; return n < m }
                    less(asked, $0) { print; exit }')
                  if [ -n "$next" ]; then answer "$next"; else echo NONE; fi ;;
                set) read -r oid; read -r kind value
                  case $oid in {{Tree}}.4.1.5.*) ;; *) echo not-writable; continue ;; esac
                  n=${oid##*.}
                  [ -e outlet$n ] || { echo not-writable; continue; }
                  echo "$n $value" >>orders
                  [ -e stuck ] || case $value in
                    1) echo 2 >outlet$n ;;
                    2) { {{whenOff}}; } >/dev/null 2>&1; echo 1 >outlet$n ;;
                  esac
                  echo DONE ;;
              esac
            done
            """);
        File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
        File.WriteAllText(Path.Combine(directory, "snmpd.conf"), string.Create(CultureInfo.InvariantCulture, $"""
            agentaddress udp:{address}:{port}
            sysObjectID .1.3.6.1.4.1.318.1.3.4.6
            rocommunity {Reads}
            rwcommunity {Writes}
            pass_persist -p 1 {Tree} {script}
            {string.Join('\n', Users.Select(u => u.Auth.Length == 0 ? $"createUser {u.Name}\nrwuser {u.Name} noauth"
                : $"createUser {u.Name} {u.Auth} {Auth}{(u.Priv.Length == 0 ? "" : $" {u.Priv} {Priv}")}\nrwuser {u.Name} {(u.Priv.Length == 0 ? "auth" : "priv")}"))}

            """));
        _process = Shell.Start($"{within} env SNMP_PERSISTENT_DIR={directory}/persist snmpd -f -C -c {directory}/snmpd.conf -Lf {directory}/log -I -smux >/dev/null 2>&1");
        Until.True("the power strip listens", () => Shell.Try($"{within} ss -lnu").Output.Contains($"{address}:{port}", StringComparison.Ordinal), 15);
    }

    public int Port { get; }

    /// <summary>Why it cannot run here, or null.</summary>
    public static string? Missing() => File.Exists("/usr/sbin/snmpd") ? null : "snmpd is missing (Debian package snmpd)";

    public bool IsOn(int outlet) => File.ReadAllText(Path.Combine(_directory, $"outlet{outlet}")).Trim() == "2";

    /// <summary>Takes every order and does nothing.</summary>
    public void Stick() => File.WriteAllText(Path.Combine(_directory, "stuck"), "");

    /// <summary>What it was told: outlet and value.</summary>
    public string[] Orders => File.Exists(Path.Combine(_directory, "orders")) ? File.ReadAllLines(Path.Combine(_directory, "orders")) : [];

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit(5_000);
        _process.Dispose();
    }
}
