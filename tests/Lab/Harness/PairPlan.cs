using System.Globalization;
using System.Text;

namespace Appliance.Lab.Harness;

[Flags]
public enum Media
{
    None = 0, Serial = 1, Bcast = 2, Ucast = 4, Mcast = 8, BcastSecond = 16,
    Usual = Serial | Bcast | Ucast,
}

/// <summary>A pair's configuration, in the terms of the three files; times in milliseconds.</summary>
public sealed record PairPlan
{
    public const string WebAddress = "10.9.0.100", DataAddress = "10.9.0.200";

    /// <summary>Alpha's group: an address, then a service that writes down what is done to it.</summary>
    public const string WebKey = "IPaddr2::10.9.0.100/24/eth0";

    /// <summary>Beta's group.</summary>
    public const string DataKey = "IPaddr2::10.9.0.200/24/eth0";

    public int Keepalive { get; init; } = 100;
    public int Deadtime { get; init; } = 1500;
    public int Initdead { get; init; } = 4000;
    public string AutoFailback { get; init; } = "on";
    public Media Media { get; init; } = Media.Usual;
    public int Baud { get; init; } = 115200;
    public string Authkeys { get; init; } = "auth 1\n1 sha1 TestKey\n";
    public string Haresources { get; init; } = $"alpha {WebKey} Track::web\nbeta {DataKey} Track::data\n";

    /// <summary>Further lines of ha.cf, before the nodes.</summary>
    public string More { get; init; } = "";
    public bool Realtime { get; init; }

    /// <summary>ha.cf for one host; the serial device and the ucast peers are the only lines that may differ between the two.</summary>
    public string HaCf(string serialDevice)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"""
            logfile /var/log/ha-log
            debugfile /var/log/ha-debug
            logfacility none
            keepalive {Keepalive}ms
            warntime {Math.Max(Deadtime * 3 / 4, Keepalive)}ms
            deadtime {Deadtime}ms
            initdead {Initdead}ms
            udpport 694
            baud {Baud}
            auto_failback {AutoFailback}
            realtime {(Realtime ? "on" : "off")}

            """);
        if (Media.HasFlag(Media.Serial)) text.Append(CultureInfo.InvariantCulture, $"serial {serialDevice}\n");
        if (Media.HasFlag(Media.Bcast)) text.Append("bcast eth0\n");
        if (Media.HasFlag(Media.BcastSecond)) text.Append("bcast eth1\n");
        if (Media.HasFlag(Media.Mcast)) text.Append("mcast eth0 225.0.0.1 694 1 0\n");
        if (Media.HasFlag(Media.Ucast)) text.Append("ucast eth1 10.9.1.1\nucast eth1 10.9.1.2\n");
        text.Append(More);
        if (More.Length > 0 && !More.EndsWith('\n')) text.Append('\n');
        return text.Append("node alpha beta\n").ToString();
    }
}
