namespace Appliance.Commands.Tests;

/// <summary>A status to vary.</summary>
internal static class Views
{
    public static readonly LinkView Link = new(
        "eth0", true, 120, 123_456, 123_450, 61_728, 180, 200, 204.8, 409.6, 409.6, 312, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 61_000, 728, 0, 0, 0, 0, 0, 0]);

    public static readonly NodeView Self = new("alpha", false, true, "active", "appliance", 12, 2000, 7, 0, 0, 0, 100, "", "0.1", null, [Link with { Link = "/dev/ttyS0", Up = false }]);

    public static readonly NodeView Peer = new(
        "beta", false, false, "active", "heartbeat", 120, 2000, 3, 2, 1, 0, 100, "", "0.1", 940,
        [Link, Link with { Link = "/dev/ttyS0", Packets = 61_000, Duplicates = 0, SinceLastPacketMs = 130 }]);

    public static readonly MediumView Medium = new(0, "bcast", "eth0", "UDP broadcast on eth0, port 694", null, 61_728, 0, 123_456, 0, 0, 0, 0, 0);

    public static readonly StatusView Status = new(
        "4.0.0", "alpha", "ok", [], "local", true, "stable", false, null, true, 7, "on", 200, 2000, 1000, [Self, Peer],
        [
            new("IPaddr2::10.9.0.100/24/eth0", "alpha", ["IPaddr2::10.9.0.100/24/eth0", "Filesystem::/dev/sdb1::/srv/data::ext4", "postgresql"], "alpha", "running", 11_520,
                "it runs on its preferred node"),
            new("IPaddr2::10.9.0.101/24/eth0", "beta", ["IPaddr2::10.9.0.101/24/eth0"], "beta", "running", 59.9, "it runs on its preferred node"),
        ],
        [Medium]);
}
