using System.Text;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Network;

namespace Appliance.Simulation.Faults;

/// <summary>Recorded packets are played back to one machine.</summary>
internal sealed record Replays(TimeSpan At, TimeSpan For, int Machine, int Count) : Fault(At, For)
{
    protected override string Text => $"{Count} packets to machine {Machine}";

    protected override void Begin(World world) => Attacker.Repeat(world, Count, For, () =>
    {
        if (world.Recorder.Any(world.Chance) is { } packet) Attacker.Inject(world, world.Machines[Machine], packet);
    });
}

/// <summary>Packets by somebody who knows the protocol and not the key.</summary>
internal sealed record Forgeries(TimeSpan At, TimeSpan For, int Machine, int Count) : Fault(At, For)
{
    protected override string Text => $"{Count} packets to machine {Machine}";

    protected override void Begin(World world) => Attacker.Repeat(world, Count, For, () =>
    {
        var from = (Machine + 1 + world.Chance.Below(world.Machines.Count - 1)) % world.Machines.Count;
        var bytes = Attacker.Forge(world, world.Machines[from]);
        Attacker.Inject(world, world.Machines[Machine], new Packet(from, bytes, world.Now, false, world.Plan.Keys.Signing, Origin.Forged));
    });
}

/// <summary>Somebody on the wire.</summary>
internal static class Attacker
{
    public static void Repeat(World world, int count, TimeSpan span, Action act)
    {
        for (var i = 0; i < count; i++)
            world.After(span * world.Chance.Unit(), () =>
            {
                if (!world.Healed) act();
            });
    }

    /// <summary>Into a medium that is not an echo and not a serial line (for those one must be in the rack).</summary>
    public static void Inject(World world, Machine to, Packet packet)
    {
        for (var medium = 0; medium < to.Ports.Length; medium++)
            if (to.Ports[medium] is not (PingHost or SerialLine))
            {
                to.Arrives(medium, packet);
                return;
            }
    }

    /// <summary>The most harmful things to say in another's name, unsigned or signed with a guessed key.</summary>
    public static byte[] Forge(World world, Machine claimed)
    {
        var chance = world.Chance;
        var body = chance.Of("t=shutdone\nst=dead", "t=resource\nrsc_hold=none\nrtype=full\nisstable=1", "t=resource\nrsc_hold=all\nrtype=full\nisstable=1",
            "t=ask_resources\nrsc_hold=all\ninfo=me", "t=ask_resources\nrsc_hold=all\ninfo=done", "t=status\nst=active\ndt=ffffff\nprotocol=1", "t=hb_takeover\nrsc_hold=all",
            "t=stonith\nnode=alpha\nresult=OK", "t=delnode\nnodelist=alpha beta ", "t=NS_ackmsg\ndest=alpha\nackseq=fff");
        // Numbers that its receiver would like: near the newest the attacker has seen, or far ahead.
        var seen = world.Recorder.Any(chance);
        var (generation, sequence) = seen is null ? (1, 1) :
            (PacketText.Hex(PacketText.Field(seen.Bytes, "hg="u8)) + chance.Below(2), PacketText.Hex(PacketText.Field(seen.Bytes, "seq="u8)) + chance.Of(1, 2, 50, 5000));
        var text = $"{body}\nsrc={claimed.Name}\n(1)srcuuid={Convert.ToBase64String([.. claimed.Uuid])}\nseq={sequence:x}\nhg={generation:x}\nts={claimed.WallSeconds:x}\nld=n/a\nttl=3\n";
        var auth = chance.Below(4) switch
        {
            0 => "",
            1 => "auth=1 da39a3ee5e6b4b0d3255bfef95601890afd80709\n",
            2 => $"auth=1 {chance.Next():x}\n",
            _ => $"auth={chance.Below(16)} {chance.Next():x16}{chance.Next():x16}{chance.Next() >> 32:x8}\n",
        };
        var classic = ">>>\n" + text + auth + "<<<\n";
        if (chance.Chance(0.5)) return Encoding.Latin1.GetBytes(classic);
        var fields = text.TrimEnd('\n').Split('\n').Where(f => !f.StartsWith("(1)", StringComparison.Ordinal)).Select(f => $"{f.Length + 3}:(0){f},");
        var trailer = auth.Length == 0 ? "" : $"{auth.Length - 6}:{auth[5..^1]},";
        return Encoding.Latin1.GetBytes("###\n" + string.Concat(fields) + "%%%\n" + trailer);
    }
}
