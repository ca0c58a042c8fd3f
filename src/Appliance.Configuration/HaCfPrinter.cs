using System.Globalization;
using System.Text;

namespace Appliance.Configuration;

/// <summary>Prints what <c>heartbeat -D</c> and <c>heartbeat -v</c> print.</summary>
public static class HaCfPrinter
{
    /// <summary>The table of directives that have a default, as 3.0.6's <c>heartbeat -D</c>.</summary>
    public static string Defaults()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{"Directive",-24} {"Default",-9} Description\n").Append('-', 80).Append('\n');
        foreach (var directive in Directives.All)
            if (directive.Default is not null) text.Append(CultureInfo.InvariantCulture, $"{directive.Name,-24} {directive.Default,-9} {directive.Description}\n");
        return text.ToString();
    }

    /// <summary>The same table in wiki markup, as <c>heartbeat -DW</c>.</summary>
    public static string WikiDefaults()
    {
        var text = new StringBuilder("##Put this output in the ha.cf/DefaultValues page\nThe [wiki:ha.cf ha.cf] directives with default values are shown below - along with a brief description.\n"
            + "This was produced by {{{heartbeat -DW}}} ''# (version 3.0.6)''\n\n||''Directive''||''Default''||''Description''||\n");
        foreach (var directive in Directives.All)
            if (directive.Default is not null) text.Append(CultureInfo.InvariantCulture, $"||[wiki:ha.cf/{Camel(directive.Name)}Directive {directive.Name}]||{directive.Default}||{directive.Description}||\n");
        return text.ToString();
    }

    /// <summary>The configuration in effect, in the form of 3.0.6's <c>heartbeat -v</c> and complete: read as ha.cf it gives the same configuration.</summary>
    /// <remarks>Only the parameters of STONITH devices are missing: such lines are printed as comments.</remarks>
    public static string Print(HaCf cf)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"#\n#\tLinux-HA heartbeat configuration (on {cf.LocalNode})\n#\n\n#---------------------------------------------------\n#\n#\tHA configuration and status\n#\n");
        foreach (var directive in Directives.All) Parameter(text, cf, directive);
        text.Append("#\n#\tHA Cluster nodes:\n#\n");
        foreach (var node in cf.Nodes) text.Append(CultureInfo.InvariantCulture, $"node {node}\n");
        text.Append("#\n#\tCommunications media:\n#\n");
        Media(text, cf);
        foreach (var (name, value) in cf.ChildEnvironment) text.Append(CultureInfo.InvariantCulture, $"env {name}={value}\n");
        foreach (var child in cf.Clients) text.Append(CultureInfo.InvariantCulture, $"{(child.FailFast ? "failfast" : "respawn")} {string.Join(' ', [child.User, child.Command, .. child.Arguments])}\n");
        foreach (var api in cf.ApiAuth) text.Append(CultureInfo.InvariantCulture, $"apiauth {api.Client}{List(" uid=", api.Users)}{List(" gid=", api.Groups)}\n");
        if (cf.Monitor is { } monitor)
            text.Append(CultureInfo.InvariantCulture, $"monitor {Milliseconds(monitor.Interval)} restarts={monitor.Restarts} within={Milliseconds(monitor.Within)} timeout={Milliseconds(monitor.Timeout)}\n");
        if (cf.Quorum is { } quorum) text.Append(Quorum(quorum));
        foreach (var device in cf.Stonith)
            text.Append(device.ConfigFile is { } file ? $"stonith {device.Type} {file}\n" : $"# stonith_host {device.Host} {device.Type} {device.Parameters}\n");
        if (!cf.SbdDevices.IsEmpty) text.Append(CultureInfo.InvariantCulture, $"sbd_device {string.Join(' ', cf.SbdDevices)}\n");
        if (cf.SbdStartMode == SbdStartMode.Clean) text.Append("sbd_startmode clean\n");
        return text.Append("#---------------------------------------------------\n").ToString();
    }

    private static string Quorum(QuorumSpec spec)
    {
        var line = "quorum";
        if (spec.TwoNode is { } two) line += " two_node=" + (two ? "yes" : "no");
        if (spec.WaitForAll is { } wait) line += " wait_for_all=" + (wait ? "yes" : "no");
        if (spec.TieBreaker is { } node) line += " tiebreaker=" + node;
        if (spec.Needs != QuorumNeeds.None) line += " needs=" + (spec.Needs switch { QuorumNeeds.Ping => "ping", QuorumNeeds.Carrier => "carrier", _ => "ping,carrier" });
        return line + "\n";
    }

    private static string Camel(string name) => string.Concat(name.Split('_').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));

    private static void Parameter(StringBuilder text, HaCf cf, Directive directive)
    {
        if (directive.Description is null || !cf.Parameters.TryGetValue(directive.Name, out var value)) return;
        if (directive.Name == "pacemaker" && cf.Parameters.ContainsKey("crm")) return;      // one name for it is enough, and two are refused
        if (directive.Name == "compression" && cf.Compression is null) text.Append("# not active: ");
        var shown = directive.Name switch
        {
            "auto_failback" => cf.AutoFailback.ToString().ToLowerInvariant(),       // nice_failback can have changed it
            "baud" => cf.Media.OfType<MediumSpec.Serial>().FirstOrDefault() is { } serial ? Text(serial.Baud) : value,
            _ => value,
        };
        text.Append(CultureInfo.InvariantCulture, $"{directive.Name}\t{shown}\t#\t{directive.Description}\n");
    }

    private static void Media(StringBuilder text, HaCf cf)
    {
        var last = cf.Parameters.TryGetValue("udpport", out var written) ? Numbers.Atoi(written, out _) & 0xFFFF : 0;
        var port = last;
        foreach (var medium in cf.Media)
        {
            if (Port(medium) is { } used && used != port)
            {
                port = used;
                text.Append(CultureInfo.InvariantCulture, $"udpport {port}\n");
            }
            var (description, line) = medium switch
            {
                MediumSpec.Serial m => ("serial ring", $"serial {m.Device}"),
                MediumSpec.Bcast m => ("UDP/IP broadcast", $"bcast {m.Interface}"),
                MediumSpec.Ucast m => ("UDP/IP unicast", $"ucast {m.Interface} {m.Address}"),
                MediumSpec.Mcast m => ("UDP/IP multicast", $"mcast {m.Interface} {m.Group} {Text(m.Port)} {Text(m.Ttl)} {(m.Loop ? 1 : 0)}"),
                MediumSpec.Ucast6 m => ("UDP/IPv6 unicast", $"ucast6 {m.Interface} {m.Address}"),
                MediumSpec.Mcast6 m => ("UDP/IP multicast", $"mcast6 {m.Interface} {m.Group} {Text(m.Port)} {Text(m.Hops)} {(m.Loop ? 1 : 0)}"),
                MediumSpec.Ping m => ($"{m.Type} membership", $"{m.Type} {m.Host}"),
                MediumSpec.PingGroup m => ("ping group membership", $"ping_group {m.Name} {string.Join(' ', m.Addresses)}"),
                _ => throw new Core.InvariantViolation($"{medium.Type} is printed"),
            };
            text.Append(CultureInfo.InvariantCulture, $"# {description} heartbeat channel -------------\n{line}\n");
        }
        if (port != last) text.Append(CultureInfo.InvariantCulture, $"udpport {written}\n");      // the parameter is what stood last
    }

    private static int? Port(MediumSpec medium) => medium switch { MediumSpec.Bcast m => m.Port, MediumSpec.Ucast m => m.Port, MediumSpec.Ucast6 m => m.Port, _ => null };

    private static string List(string name, IReadOnlyList<string> words) => words.Count == 0 ? "" : name + string.Join(',', words);

    private static string Milliseconds(TimeSpan time) => $"{((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)}ms";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
