using System.Buffers.Binary;
using System.Collections.Immutable;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Scsi;

namespace Appliance.Stonith.Tests.Scsi;

public sealed class ScsiTests
{
    private static readonly ScsiDevice Device = new();

    /// <summary>A disk with persistent reservations, written from SPC-4: registrations by initiator, one reservation, unit attentions.</summary>
    private sealed class Disk
    {
        public SortedDictionary<string, ulong> Registered { get; } = new(StringComparer.Ordinal);
        public (ulong Key, byte Type) Holder { get; set; }
        public Dictionary<string, byte[]> Attentions { get; } = [];
        private uint _generation;

        /// <summary>Preemptions are said to be done and are not.</summary>
        public bool Lies { get; set; }

        public void Do(string initiator, ScsiCommand command)
        {
            var cdb = command.Cdb;
            if (Attentions.Remove(initiator, out var sense))
            {
                if (cdb[0] == 0) command.Status = 0;
                else (command.Status, command.Sense) = (2, sense);
                if (cdb[0] != 0) Attentions[initiator] = sense;      // it waits until it was asked for
                return;
            }
            command.Status = 0;
            switch (cdb[0], cdb[1])
            {
                case (0x5E, 0):
                    var keys = new byte[8 + 8 * Registered.Count];
                    BinaryPrimitives.WriteUInt32BigEndian(keys, _generation);
                    BinaryPrimitives.WriteUInt32BigEndian(keys.AsSpan(4), (uint)(8 * Registered.Count));
                    var at = 8;
                    foreach (var key in Registered.Values)
                    {
                        BinaryPrimitives.WriteUInt64BigEndian(keys.AsSpan(at), key);
                        at += 8;
                    }
                    command.Data = keys;
                    break;
                case (0x5E, 1):
                    var holder = new byte[Holder.Type == 0 ? 8 : 24];
                    if (Holder.Type != 0)
                    {
                        holder[7] = 16;
                        BinaryPrimitives.WriteUInt64BigEndian(holder.AsSpan(8), Holder.Key);
                        holder[21] = Holder.Type;
                    }
                    command.Data = holder;
                    break;
                case (0x5F, var action):
                    command.Status = Out(initiator, action, cdb[2], BinaryPrimitives.ReadUInt64BigEndian(command.DataOut.Span), BinaryPrimitives.ReadUInt64BigEndian(command.DataOut.Span[8..]));
                    break;
            }
        }

        private int Out(string initiator, byte action, byte type, ulong own, ulong service)
        {
            const int conflict = 0x18;
            if (action != 6 && Registered.GetValueOrDefault(initiator) != own) return conflict;
            switch (action)
            {
                case 6 when service == 0: Registered.Remove(initiator); break;
                case 6: Registered[initiator] = service; break;
                case 1:
                    if (Holder.Type != 0 && Holder.Key != own) return conflict;
                    Holder = (own, type);
                    return 0;
                case 5:
                    if (Lies) return 0;
                    foreach (var victim in Registered.Where(r => r.Value == service).Select(r => r.Key).ToList())
                    {
                        Registered.Remove(victim);
                        Attentions[victim] = [0x70, 0, 6, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x2A, 0x05];
                    }
                    if (Holder.Key == service) Holder = (own, type);
                    break;
                default: return 2;
            }
            _generation++;
            return 0;
        }
    }

    private static DeviceVerdict Play(FenceAction action, string me, string target, IReadOnlyDictionary<string, Disk> disks, params (string Name, string Value)[] more) =>
        Run(action, me, target, disks, more).Verdict!;

    private static Conversation Run(FenceAction action, string me, string target, IReadOnlyDictionary<string, Disk> disks, (string Name, string Value)[] more, Action? between = null)
    {
        var conversation = Order(action, me, target, disks.Keys, more);
        foreach (var step in conversation.Steps())
        {
            if (step is ScsiCommand command) disks[command.Device].Do(me, command);
            between?.Invoke();
        }
        return conversation;
    }

    private static Conversation Order(FenceAction action, string me, string target, IEnumerable<string> disks, (string Name, string Value)[] more)
    {
        var given = new Dictionary<string, string> { ["devices"] = string.Join(',', disks), ["nodename"] = me, ["nodes"] = "alpha,beta" };
        foreach (var (name, value) in more) given[name] = value;
        var parameters = DeviceParameters.Read(Device.Parameters, given);
        Assert.That(parameters.Problems.Concat(Device.Check(parameters)), Is.Empty);
        return Device.Converse(new(action, target.Length == 0 ? [] : [target], parameters, new(), new KnownEntropy()));
    }

    private static SortedDictionary<string, Disk> Joined(int count = 1)
    {
        var disks = new SortedDictionary<string, Disk>(Enumerable.Range(1, count).ToDictionary(i => $"/dev/d{i}", _ => new Disk()), StringComparer.Ordinal);
        foreach (var node in new[] { "alpha", "beta" }) Assert.That(Play(FenceAction.On, node, node, disks).IsProven);
        return disks;
    }

    [Test]
    public void Commands_are_those_of_the_standard()
    {
        Assert.That(Convert.ToHexStringLower([.. Reservations.RegisterAnyway(0x5c6306d3, false).Command, .. Reservations.RegisterAnyway(0x5c6306d3, false).Parameters]),
            Is.EqualTo("5f060000000000001800" + "0000000000000000" + "000000005c6306d3" + "0000000000000000"));
        Assert.That(Convert.ToHexStringLower([.. Reservations.Unregister(0x3a7cba4a).Command, .. Reservations.Unregister(0x3a7cba4a).Parameters]),
            Is.EqualTo("5f000000000000001800" + "000000003a7cba4a" + "0000000000000000" + "0000000000000000"));
        Assert.That(Convert.ToHexStringLower([.. Reservations.Preempt(0x3a7cba4a, 0x5c6306d3).Command]), Is.EqualTo("5f050500000000001800"));
        Assert.That(Reservations.Keys(Convert.FromHexString("0000001000000010000000005c6306d3000000003a7cba4a")), Is.EqualTo(new[] { 0x5c6306d3UL, 0x3a7cba4aUL }));
    }

    [Test]
    public void A_node_that_is_cut_off_has_no_key_left_and_may_come_back()
    {
        var disks = Joined(2);
        Assert.That(Play(FenceAction.Status, "alpha", "beta", disks).State, Is.EqualTo(PowerState.On));
        var off = Play(FenceAction.Off, "alpha", "beta", disks);
        Assert.That((off.Kind, off.State), Is.EqualTo((VerdictKind.Proven, PowerState.Off)), off.Sentence);
        Assert.That(disks.Values.Select(d => string.Join(' ', d.Registered.Keys)), Is.All.EqualTo("alpha"));
        Assert.That(Play(FenceAction.Monitor, "beta", "", disks).Kind, Is.EqualTo(VerdictKind.NotAllowed), "the victim knows it");
        Assert.That(Play(FenceAction.Off, "beta", "alpha", disks).Kind, Is.EqualTo(VerdictKind.NotAllowed), "and cannot fence");
        Assert.That(Play(FenceAction.On, "beta", "beta", disks).IsProven, "past its unit attention");
        Assert.That(Play(FenceAction.Monitor, "beta", "", disks).IsProven);
    }

    [Test]
    public void Nothing_is_believed_that_the_disk_does_not_list()
    {
        var disks = Joined();
        disks["/dev/d1"].Lies = true;
        Assert.That(Play(FenceAction.Off, "alpha", "beta", disks).Kind, Is.EqualTo(VerdictKind.StillOn));
    }

    [Test]
    public void A_key_of_nobody_may_be_the_victims()
    {
        var disks = Joined();
        disks["/dev/d1"].Registered["beta"] = 0x1234;      // it registered by another rule
        var verdict = Play(FenceAction.Off, "alpha", "beta", disks);
        Assert.That((verdict.Kind, verdict.Sentence), Is.EqualTo((VerdictKind.Garbled, verdict.Sentence)));
        Assert.That(verdict.Sentence, Does.Contain("1234"));
    }

    [Test]
    public void A_disk_that_anybody_may_write_is_no_fence()
    {
        var disks = Joined();
        disks["/dev/d1"].Holder = (1, 1);
        Assert.That(Play(FenceAction.Off, "alpha", "beta", disks).IsProven, Is.False);
    }

    [Test]
    public void Keys_by_fence_scsis_rules()
    {
        ulong? Key(params (string Name, string Value)[] more)
        {
            var given = new Dictionary<string, string> { ["devices"] = "/d", ["cluster"] = "mycluster", ["nodes"] = "alpha,beta" };
            foreach (var (name, value) in more) given[name] = value;
            return ScsiKeys.Of(DeviceParameters.Read(Device.Parameters, given), "beta");
        }
        // By md5sum: mycluster 6c9d58de..., beta 987bcab0...
        Assert.That((Key(("key_value", "id")), Key(("key_value", "hash")), Key()), Is.EqualTo(((ulong?)0x6c9d0001, (ulong?)0x6c9d987b, (ulong?)0x6c9d58de987bcab0)));
    }

    /// <summary>Two nodes that shoot at each other, their commands interleaved in any way: never both succeed.</summary>
    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public void Two_that_fence_each_other_never_both_succeed(int seed)
    {
        var disks = Joined(1 + (seed & 1));
        var random = new Random(seed);
        var shooters = new[] { ("alpha", "beta"), ("beta", "alpha") }.Select(s =>
        {
            var conversation = Order(FenceAction.Off, s.Item1, s.Item2, disks.Keys, []);
            return (Me: s.Item1, Conversation: conversation, Steps: conversation.Steps().GetEnumerator());
        }).ToList();
        var running = shooters.ToList();
        while (running.Count > 0)
        {
            var shooter = running[random.Next(running.Count)];
            if (!shooter.Steps.MoveNext()) running.Remove(shooter);
            else if (shooter.Steps.Current is ScsiCommand command) disks[command.Device].Do(shooter.Me, command);
        }
        var winners = shooters.Where(s => s.Conversation.Verdict!.IsProven).Select(s => s.Me).ToList();
        Assert.That(winners, Has.Count.LessThanOrEqualTo(1));
        foreach (var winner in winners) Assert.That(disks.Values.All(d => !d.Registered.ContainsKey(winner == "alpha" ? "beta" : "alpha")));
    }

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public void Any_answers_are_read_without_an_exception(byte[]? bytes)
    {
        _ = Reservations.Keys(bytes ?? []);
        _ = Reservations.Reservation(bytes ?? []);
        _ = Reservations.Sense(bytes ?? []);
    }
}
