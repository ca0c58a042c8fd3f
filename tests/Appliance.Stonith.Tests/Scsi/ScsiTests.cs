using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Scsi;

namespace Appliance.Stonith.Tests.Scsi;

public sealed class ScsiTests
{
    private static readonly ulong Alpha = KeyOf("alpha"), Beta = KeyOf("beta");

    private static ulong KeyOf(string node, params (string Name, string Value)[] more)
    {
        var given = new Dictionary<string, string> { ["devices"] = "/d", ["nodes"] = "alpha,beta" };
        foreach (var (name, value) in more) given[name] = value;
        return ScsiKeys.Of(DeviceParameters.Read(Disks.Device.Parameters, given), node) ?? 0;
    }

    private static string Of(DeviceVerdict verdict) => $"{verdict.Kind} {verdict.State}".Trim();

    [Test]
    public void Commands_are_those_of_the_standard()
    {
        Assert.That(Convert.ToHexStringLower([.. Reservations.RegisterAnyway(0x5c6306d3, false).Command, .. Reservations.RegisterAnyway(0x5c6306d3, false).Parameters]),
            Is.EqualTo("5f060000000000001800" + "0000000000000000" + "000000005c6306d3" + "0000000000000000"));
        Assert.That(Convert.ToHexStringLower(Reservations.RegisterAnyway(0x5c6306d3, true).Parameters), Is.EqualTo("0000000000000000" + "000000005c6306d3" + "0000000001000000"), "APTPL");
        Assert.That(Convert.ToHexStringLower([.. Reservations.Unregister(0x3a7cba4a).Command, .. Reservations.Unregister(0x3a7cba4a).Parameters]),
            Is.EqualTo("5f000000000000001800" + "000000003a7cba4a" + "0000000000000000" + "0000000000000000"));
        Assert.That(Convert.ToHexStringLower([.. Reservations.Preempt(0x3a7cba4a, 0x5c6306d3).Command]), Is.EqualTo("5f050500000000001800"));
        Assert.That(Convert.ToHexStringLower([.. Reservations.FullStatusCommand]), Is.EqualTo("5e030000000000870000"));
        Assert.That(Reservations.Keys(Convert.FromHexString("0000001000000010000000005c6306d3000000003a7cba4a")), Is.EqualTo(new[] { 0x5c6306d3UL, 0x3a7cba4aUL }));
    }

    [Test]
    public void A_node_that_is_cut_off_has_no_key_left_and_may_come_back()
    {
        var disks = Disks.Joined(2);
        Assert.That(disks.Order(FenceAction.Status, "alpha", "beta").State, Is.EqualTo(PowerState.On));
        var off = disks.Order(FenceAction.Off, "alpha", "beta");
        Assert.That(Of(off), Is.EqualTo("Proven Off"), off.Sentence);
        Assert.That(off.WasAlready, Is.False);
        Assert.That(disks.All.Select(d => string.Join(' ', d.Registered.Keys)), Is.All.EqualTo("alpha"));
        Assert.That(Of(disks.Order(FenceAction.Status, "alpha", "beta")), Is.EqualTo("Proven Off"));
        Assert.That(disks.Order(FenceAction.Off, "alpha", "beta"), Has.Property("WasAlready").True);
        Assert.That(disks.Order(FenceAction.Monitor, "beta", "").Kind, Is.EqualTo(VerdictKind.NotAllowed), "the victim knows it");
        Assert.That(disks.Order(FenceAction.Off, "beta", "alpha").Kind, Is.EqualTo(VerdictKind.NotAllowed), "and cannot fence");
        Assert.That(disks.Order(FenceAction.On, "beta", "beta").IsProven);
        Assert.That(disks.Order(FenceAction.Monitor, "beta", "").IsProven);
    }

    [Test]
    public void What_is_registered_is_noted_for_each_disk()
    {
        var disks = Disks.Joined(2);
        Assert.That(disks.Notes, Is.EqualTo(new[] { $"alpha /dev/d1 {Alpha:x}", $"alpha /dev/d2 {Alpha:x}", $"beta /dev/d1 {Beta:x}", $"beta /dev/d2 {Beta:x}" }));
        var forgetful = new Disks { NotesFail = "No space left on device" };
        var end = forgetful.Order(FenceAction.On, "alpha", "alpha");
        Assert.That((Of(end), end.Sentence), Is.EqualTo(("Proven On", end.Sentence)));
        Assert.That(end.Sentence, Does.Contain("No space left"));
    }

    [Test]
    public void Nothing_is_noted_of_a_disk_that_did_not_take_the_key()
    {
        var disks = new Disks(2);
        disks[2].Refuses = (_, command) => command.Cdb[0] == 0x5F ? (2, VirtualDisk.UnknownCommand) : null;
        Assert.That(disks.Order(FenceAction.On, "alpha", "alpha").Kind, Is.EqualTo(VerdictKind.Unsupported));
        Assert.That(disks.Notes, Is.EqualTo(new[] { $"alpha /dev/d1 {Alpha:x}" }));
    }

    [Test]
    public void Every_way_to_a_disk_is_registered_and_all_are_taken_away_at_once()
    {
        var disks = new Disks { Paths = device => [device + "-a", device + "-b"] };
        foreach (var node in new[] { "alpha", "beta" }) Assert.That(disks.Order(FenceAction.On, node, node).IsProven);
        Assert.That(disks[1].Registered.Keys, Is.EqualTo(new[] { "alpha-a", "alpha-b", "beta-a", "beta-b" }));
        Assert.That(Of(disks.Order(FenceAction.Off, "alpha", "beta")), Is.EqualTo("Proven Off"));
        Assert.That(disks[1].Registered.Keys, Is.EqualTo(new[] { "alpha-a", "alpha-b" }));
    }

    /// <summary>Its key would be one that no disk ever listed.</summary>
    [Test]
    public void A_mistyped_node_never_reads_as_off([Values(FenceAction.Off, FenceAction.Status)] FenceAction action, [Values] bool nodesAreKnown, [Values("full", "hash")] string rule)
    {
        var disks = new Disks(2);
        foreach (var node in new[] { "alpha", "beta" }) Assert.That(disks.Order(FenceAction.On, node, node, ("key_value", rule)).IsProven);
        var verdict = disks.Order(action, "alpha", "betta", ("key_value", rule), ("nodes", nodesAreKnown ? "alpha,beta" : null));
        Assert.That((verdict.Kind, verdict.State), Is.EqualTo((nodesAreKnown ? VerdictKind.NoSuchPlug : VerdictKind.Garbled, (PowerState?)null)), verdict.Sentence);
        Assert.That(disks.All.Select(d => string.Join(' ', d.Registered.Keys)), Is.All.EqualTo("alpha beta"));
    }

    [TestCase("BETA")]
    [TestCase("beta")]
    public void Capitals_of_a_name_do_not_matter(string target)
    {
        var disks = new Disks();
        foreach (var node in new[] { "alpha", "beta" }) Assert.That(disks.Order(FenceAction.On, node, node, ("key_value", "hash")).IsProven);
        Assert.That(Of(disks.Order(FenceAction.Off, "alpha", target, ("key_value", "hash"), ("own_name", "ALPHA"))), Is.EqualTo("Proven Off"));
        Assert.That(disks[1].Registered.Keys, Is.EqualTo(new[] { "alpha" }));
    }

    [Test]
    public void Nothing_is_believed_that_the_disk_does_not_list()
    {
        var disks = Disks.Joined();
        disks[1].Lies = true;
        Assert.That(disks.Order(FenceAction.Off, "alpha", "beta").Kind, Is.EqualTo(VerdictKind.StillOn));
    }

    [Test]
    public void A_key_of_nobody_may_be_the_victims([Values(FenceAction.Off, FenceAction.Status)] FenceAction action)
    {
        var disks = Disks.Joined();
        disks[1].Registered["beta"] = 0x1234;      // it registered by another rule
        var verdict = disks.Order(action, "alpha", "beta");
        Assert.That((verdict.Kind, verdict.State), Is.EqualTo((VerdictKind.Garbled, (PowerState?)null)));
        Assert.That(verdict.Sentence, Does.Contain("1234"));
        // Beside the victim's own key too: it may have another way to the disk.
        disks[1].Registered["beta-2"] = Beta;
        Assert.That(disks.Order(FenceAction.Off, "alpha", "beta").Kind, Is.EqualTo(VerdictKind.Garbled));
    }

    [Test]
    public void A_key_that_is_given_is_taken_at_its_word_only_if_it_was_there()
    {
        var disks = Disks.Joined();
        disks[1].Registered["beta"] = 0x1234;
        Assert.That(disks.Order(FenceAction.Off, "alpha", "", ("key", "1243")).Kind, Is.EqualTo(VerdictKind.Garbled), "mistyped");
        Assert.That(Of(disks.Order(FenceAction.Status, "alpha", "", ("key", "0x1234"))), Is.EqualTo("Proven On"));
        Assert.That(Of(disks.Order(FenceAction.Off, "alpha", "", ("key", "1234"))), Is.EqualTo("Proven Off"));
        Assert.That(Of(disks.Order(FenceAction.Status, "alpha", "", ("key", $"{Alpha:x}"))), Is.EqualTo("Proven On"));
        Assert.That(disks.Order(FenceAction.Off, "alpha", "", ("key", $"{Alpha:x}")).Kind, Is.EqualTo(VerdictKind.Misconfigured), "nobody cuts himself off");
    }

    /// <summary>No stranger's key is there, and yet nothing is said of a key that is none of the nodes'; a node's own key says who is meant.</summary>
    [Test]
    public void A_key_of_none_of_the_nodes_never_reads_as_off([Values(FenceAction.Off, FenceAction.Status)] FenceAction action)
    {
        var disks = Disks.Joined();
        Assert.That(disks.Order(action, "alpha", "", ("key", "1243")).Kind, Is.EqualTo(VerdictKind.Garbled));
        Assert.That(Of(disks.Order(action, "alpha", "", ("key", $"{KeyOf("gamma"):x}"), ("nodes", "alpha,beta,gamma"))), Is.EqualTo("Proven Off"));
    }

    [Test]
    public void A_disk_that_others_may_write_is_no_fence([Values(1, 3)] byte type)
    {
        var disks = Disks.Joined();
        disks[1].Holder = (1, type);
        Assert.That(disks.Order(FenceAction.Off, "alpha", "beta").Kind, Is.EqualTo(VerdictKind.StillOn));
        Assert.That(disks.Order(FenceAction.Monitor, "alpha", "").Kind, Is.EqualTo(VerdictKind.NotAllowed));
        Assert.That(disks.Order(FenceAction.On, "alpha", "alpha").Kind, Is.EqualTo(VerdictKind.NotAllowed));
        Assert.That(disks[1].Registered.Keys, Is.EqualTo(new[] { "alpha" }));
        var status = disks.Order(FenceAction.Status, "alpha", "beta");
        Assert.That(Of(status), Is.EqualTo("Proven On"), status.Sentence);
        Assert.That(status.Sentence, Does.Contain("without a key"));
    }

    [Test]
    public void Types_that_let_registered_nodes_write_are_all_good([Values(5, 6, 7, 8)] byte type)
    {
        var disks = Disks.Joined();
        disks[1].Holder = (Alpha, type);
        Assert.That(Of(disks.Order(FenceAction.Off, "alpha", "beta")), Is.EqualTo("Proven Off"));
        Assert.That(disks[1].Holder.Type, Is.EqualTo(type));
    }

    [Test]
    public void A_disk_that_lost_its_reservation_is_reserved_before_anything_is_said()
    {
        var disks = Disks.Joined();
        disks[1].Registered.Remove("beta");
        disks[1].Holder = default;
        Assert.That(Of(disks.Order(FenceAction.Off, "alpha", "beta")), Is.EqualTo("Proven Off"));
        Assert.That(disks[1].Holder, Is.EqualTo((Alpha, (byte)5)));
    }

    /// <summary>Between our look and our reservation somebody else reserves: a conflict that means nothing bad.</summary>
    [Test]
    public void A_conflict_on_reserve_is_no_trouble_when_another_was_first([Values(FenceAction.On, FenceAction.Off)] FenceAction action)
    {
        var disks = Disks.Joined();
        const ulong gamma = 0x77;
        disks[1].Holder = default;
        if (action == FenceAction.Off) disks[1].Registered.Remove("beta");
        disks[1].Refuses = (_, command) =>
        {
            if ((command.Cdb[0], command.Cdb[1]) == (0x5F, 1)) disks[1].Holder = (gamma, 5);
            return null;
        };
        var end = disks.Order(action, "alpha", action == FenceAction.On ? "alpha" : "beta");
        Assert.That(end.IsProven, end.Sentence);
        Assert.That(disks[1].Holder.Key, Is.EqualTo(gamma));
    }

    [Test]
    public void A_conflict_on_reserve_is_trouble_when_nobody_holds_the_disk([Values(FenceAction.On, FenceAction.Off)] FenceAction action)
    {
        var disks = Disks.Joined();
        disks[1].Holder = default;
        if (action == FenceAction.Off) disks[1].Registered.Remove("beta");
        disks[1].Refuses = (_, command) => (command.Cdb[0], command.Cdb[1]) == (0x5F, 1) ? (VirtualDisk.Conflict, []) : null;
        Assert.That(disks.Order(action, "alpha", action == FenceAction.On ? "alpha" : "beta").Kind, Is.EqualTo(VerdictKind.NotAllowed));
    }

    /// <summary>A machine that was started again has a new way to the disk; the key that is listed is of the old one.</summary>
    [Test]
    public void A_key_of_a_dead_way_does_not_let_us_fence()
    {
        var disks = Disks.Joined();
        disks[1].Registered["alpha-before"] = Alpha;
        disks[1].Registered.Remove("alpha");
        var end = disks.Order(FenceAction.Off, "alpha", "beta");
        Assert.That((end.Kind, end.Sentence), Is.EqualTo((VerdictKind.NotAllowed, "/dev/d1 refuses (reservation conflict): this machine is not registered with it, it was fenced itself or never unfenced")));
        Assert.That(disks[1].Registered, Contains.Key("beta"));
    }

    [Test]
    public void Somebody_elses_old_reservation_keeps_a_node_from_registering()
    {
        var disks = new Disks();
        disks[1].Refuses = (_, command) => command.Cdb[0] == 0x5F ? (VirtualDisk.Conflict, []) : null;
        var end = disks.Order(FenceAction.On, "alpha", "alpha");
        Assert.That(end.Kind, Is.EqualTo(VerdictKind.NotAllowed));
        Assert.That(end.Sentence, Does.Contain("somebody else has reserved it"));
        Assert.That(disks.Notes, Is.Empty);
    }

    /// <summary>While the second disk is taken the victim registers anew with the first.</summary>
    [Test]
    public void All_disks_are_looked_at_again_at_the_end()
    {
        var disks = Disks.Joined(2);
        disks[2].Refuses = (_, command) =>
        {
            if ((command.Cdb[0], command.Cdb[1]) == (0x5F, 5)) disks[1].Registered["beta"] = Beta;
            return null;
        };
        Assert.That(disks.Order(FenceAction.Off, "alpha", "beta").Kind, Is.EqualTo(VerdictKind.StillOn));
        disks[2].Refuses = (_, _) => null;
        Assert.That(Of(disks.Order(FenceAction.Off, "alpha", "beta")), Is.EqualTo("Proven Off"), "the next try takes it away");
    }

    [Test]
    public void A_victim_of_one_disk_only_is_off_when_all_are_proven()
    {
        var disks = Disks.Joined(3);
        disks[1].Registered.Remove("beta");
        disks[3].Registered.Remove("beta");
        var off = disks.Order(FenceAction.Off, "alpha", "beta");
        Assert.That((Of(off), off.WasAlready), Is.EqualTo(("Proven Off", false)));
        disks[2].Registered["beta"] = Beta;
        disks[2].LosesAnswer = command => command.Cdb[0] == 0x5E;
        Assert.That(disks.Order(FenceAction.Off, "alpha", "beta").Kind, Is.EqualTo(VerdictKind.Unreachable), "and not while one cannot be read");
    }

    [Test]
    public void A_preemption_whose_answer_is_lost_is_looked_for_and_not_sent_again()
    {
        var disks = Disks.Joined();
        disks[1].LosesAnswer = command => command.Cdb[0] == 0x5F;
        disks[1].Log.Clear();
        Assert.That(Of(disks.Order(FenceAction.Off, "alpha", "beta")), Is.EqualTo("Proven Off"));
        Assert.That(disks[1].Log.Count(l => l == "alpha 5f/5"), Is.EqualTo(1));
    }

    [Test]
    public void Unit_attentions_are_taken_away_and_the_command_is_sent_again()
    {
        var disks = Disks.Joined();
        for (var i = 0; i < 3; i++)
        {
            disks[1].Attend("alpha", VirtualDisk.Reset);
            disks[1].Attend("alpha", VirtualDisk.Sense(6, 0x2A, 0x03));
        }
        disks[1].Log.Clear();
        Assert.That(Of(disks.Order(FenceAction.Off, "alpha", "beta")), Is.EqualTo("Proven Off"));
        Assert.That(disks[1].Log[..7], Is.EqualTo(new[] { "alpha 5e/0", "alpha 00/0", "alpha 5e/0", "alpha 00/0", "alpha 5e/0", "alpha 00/0", "alpha 5e/0" }));
        disks[1].Refuses = (_, command) => command.Cdb[0] == 0 ? null : (2, VirtualDisk.Reset);
        Assert.That(disks.Order(FenceAction.Status, "alpha", "beta").Kind, Is.EqualTo(VerdictKind.Garbled), "not for ever");
    }

    [Test]
    public void A_preemption_that_meets_a_unit_attention_was_not_carried_out()
    {
        var disks = Disks.Joined();
        var met = false;
        disks[1].Refuses = (_, command) =>
        {
            if (met || command.Cdb[0] != 0x5F) return null;
            met = true;
            return (2, VirtualDisk.Reset);
        };
        Assert.That(Of(disks.Order(FenceAction.Off, "alpha", "beta")), Is.EqualTo("Proven Off"));
        Assert.That(met);
    }

    private static readonly object[][] Refusals =
    [
        [0x08, Array.Empty<byte>(), 3, VerdictKind.Proven],
        [0x28, Array.Empty<byte>(), 3, VerdictKind.Proven],
        [0x02, VirtualDisk.ComingUp, 3, VerdictKind.Proven],
        [0x02, VirtualDisk.Sense(2, 0x04, 0x0A), 3, VerdictKind.Proven],
        [0x08, Array.Empty<byte>(), 99, VerdictKind.Garbled],
        [0x02, VirtualDisk.ComingUp, 99, VerdictKind.Unreachable],
        [0x02, VirtualDisk.Sense(2, 0x3A, 0x00), 99, VerdictKind.Unreachable],
        [0x02, VirtualDisk.UnknownCommand, 99, VerdictKind.Unsupported],
        [0x02, VirtualDisk.Sense(5, 0x24, 0x00), 99, VerdictKind.Unsupported],
        [0x02, VirtualDisk.Sense(5, 0x25, 0x00), 99, VerdictKind.NoSuchPlug],
        [0x02, VirtualDisk.Sense(5, 0x55, 0x04), 99, VerdictKind.NotAllowed],
        [0x02, VirtualDisk.Sense(7, 0x27, 0x00), 99, VerdictKind.NotAllowed],
        [0x02, VirtualDisk.Sense(4, 0x44, 0x00), 99, VerdictKind.Garbled],
        [0x02, Array.Empty<byte>(), 99, VerdictKind.Garbled],
        [0x02, new byte[] { 0x72, 0x05, 0x20, 0x00 }, 99, VerdictKind.Unsupported],
    ];

    [TestCaseSource(nameof(Refusals))]
    public void A_disk_that_refuses(int status, byte[] sense, int times, VerdictKind end)
    {
        var disks = Disks.Joined();
        disks[1].Refuses = (_, _) => times-- > 0 ? (status, sense) : null;
        Assert.That(disks.Order(FenceAction.Status, "alpha", "beta").Kind, Is.EqualTo(end));
    }

    [Test]
    public void A_disk_that_is_not_there_is_unreachable()
    {
        var disks = Disks.Joined();
        Assert.That(disks.Order(FenceAction.Off, "alpha", "beta", ("devices", "/dev/gone")).Kind, Is.EqualTo(VerdictKind.Unreachable));
    }

    /// <summary>A list that is shorter than it says may lack just the victim's key.</summary>
    [Test]
    public void A_list_that_is_cut_short_proves_nothing([Range(0, 24)] int left)
    {
        var disks = Disks.Joined();
        disks[1].Registered.Remove("beta");
        disks[1].Registered["gamma"] = Beta;
        disks[1].Damages = data => data[..Math.Min(data.Length, left)];
        var verdict = disks.Order(FenceAction.Status, "alpha", "beta");
        Assert.That(verdict.State, Is.EqualTo(left < 24 ? null : (PowerState?)PowerState.On), verdict.Sentence);
        if (left < 24) Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Garbled));
    }

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public void Damaged_answers_never_prove_that_a_node_is_off_and_never_throw(int seed)
    {
        var disks = Disks.Joined(1 + (seed & 1));
        var random = new Random(seed);
        foreach (var disk in disks.All)
        {
            disk.Lies = true;
            disk.Damages = data => random.Next(3) == 0 ? data[..random.Next(data.Length + 1)] : data;
        }
        foreach (var action in new[] { FenceAction.Off, FenceAction.Status, FenceAction.List, FenceAction.Monitor })
        {
            var verdict = disks.Order(action, "alpha", "beta");
            Assert.That(verdict.State, Is.Not.EqualTo(PowerState.Off), verdict.Sentence);
            foreach (var outlet in verdict.Outlets) Assert.That(outlet.State, Is.Not.EqualTo(PowerState.Off));
        }
    }

    [Test]
    public void A_list_names_the_nodes_and_where_strangers_come_from()
    {
        var disks = Disks.Joined(2);
        disks.Order(FenceAction.Off, "alpha", "beta");
        var list = disks.Order(FenceAction.List, "alpha", "");
        Assert.That(string.Join(' ', list.Outlets.Select(o => $"{o.Plug}={o.State}")), Is.EqualTo("alpha=On beta=Off"));
        Assert.That(list.Sentence, Is.EqualTo($"alpha is registered (key {Alpha:x}, from iqn.lab:alpha); beta is not registered (key {Beta:x})"));

        disks[2].Registered["beta"] = 0x1234;
        list = disks.Order(FenceAction.List, "alpha", "");
        Assert.That(string.Join(' ', list.Outlets.Select(o => $"{o.Plug}={o.State}")), Is.EqualTo("alpha=On beta="), "it may be beta's");
        Assert.That(list.Sentence, Does.EndWith("key 1234 is of no known node, from iqn.lab:beta"));

        foreach (var disk in disks.All) disk.KnowsFullStatus = false;
        Assert.That(disks.Order(FenceAction.List, "alpha", "").Sentence, Does.EndWith("key 1234 is of no known node"));
        disks[1].Holder = default;
        Assert.That(disks.Order(FenceAction.List, "alpha", "").Sentence, Does.EndWith("not every disk is reserved for registered nodes"));
        Assert.That(disks.Order(FenceAction.List, "alpha", "", ("nodes", null)).Kind, Is.EqualTo(VerdictKind.Misconfigured));
    }

    [Test]
    public void A_list_says_off_of_nobody_while_a_disk_is_not_reserved()
    {
        var disks = new Disks(2);
        Assert.That(disks.Order(FenceAction.List, "alpha", "").Outlets.Select(o => o.State), Is.EqualTo(new PowerState?[] { null, null }));
    }

    [Test]
    public void Only_the_machine_itself_registers()
    {
        var disks = new Disks();
        var end = disks.Order(FenceAction.On, "alpha", "beta");
        Assert.That(end.Kind, Is.EqualTo(VerdictKind.Unsupported));
        Assert.That(disks[1].Log, Is.Empty);
    }

    /// <summary>fence_scsi's <c>nodename</c> is the node that is meant; Pacemaker gives it besides <c>plug</c>.</summary>
    [Test]
    public void The_node_that_is_meant_may_be_named_in_two_ways()
    {
        var disks = Disks.Joined();
        Assert.That(disks.Order(FenceAction.Status, "alpha", "", ("nodename", "beta")).Sentence, Does.StartWith("beta is registered"));
        Assert.That(disks.Order(FenceAction.Status, "alpha", "beta", ("nodename", "Beta")).Sentence, Does.StartWith("beta is registered"));
        Assert.That(disks.Order(FenceAction.Status, "alpha", "beta", ("nodename", "alpha")).Sentence, Does.StartWith("beta is registered"), "it says who we are");
        Assert.That(disks.Order(FenceAction.Off, "alpha", "foo", ("nodename", "beta")).Kind, Is.EqualTo(VerdictKind.Misconfigured), "which of them?");
        Assert.That(disks.Order(FenceAction.Monitor, "beta", "", ("own_name", null), ("nodename", "beta")).IsProven, "who we are");
        Assert.That(Of(disks.Order(FenceAction.Off, "alpha", "", ("nodename", "beta"))), Is.EqualTo("Proven Off"));
        Assert.That(disks.Order(FenceAction.On, "beta", "", ("nodename", "beta")).IsProven);
    }

    /// <summary>As fence_mpath: the plug is the key, and Pacemaker's name of the node means nothing.</summary>
    [Test]
    public void A_plug_may_be_a_key()
    {
        var disks = new Disks();
        (string, string?)[] plugs = [("key_value", "plug")];
        Assert.That(disks.Order(FenceAction.On, "alpha", "1", [.. plugs, ("nodename", "alpha")]).IsProven);
        Assert.That(disks.Order(FenceAction.On, "beta", "2", [.. plugs, ("nodename", "beta")]).IsProven);
        Assert.That(disks[1].Registered.Values, Is.EqualTo(new[] { 1UL, 2UL }));
        Assert.That(disks.Order(FenceAction.Off, "alpha", "2", [.. plugs, ("nodename", "beta")]).Kind, Is.EqualTo(VerdictKind.Misconfigured), "who are we?");
        Assert.That(disks.Order(FenceAction.Off, "alpha", "3", [.. plugs, ("own_key", "1")]).Kind, Is.EqualTo(VerdictKind.Garbled), "whose is 2?");
        Assert.That(Of(disks.Order(FenceAction.Off, "alpha", "2", [.. plugs, ("nodename", "beta"), (ScsiKeys.Registered, "1")])), Is.EqualTo("Proven Off"), "what was registered");
        Assert.That(disks.Order(FenceAction.Off, "alpha", "xyz", [.. plugs, ("own_key", "1")]).Kind, Is.EqualTo(VerdictKind.Misconfigured));
    }

    /// <summary>With key_value=id a node that is taken out of the list changes the keys of those after it.</summary>
    [Test]
    public void The_key_that_was_registered_counts_after_the_configuration_changed()
    {
        var disks = new Disks();
        (string, string?)[] id = [("key_value", "id"), ("nodes", "gone,alpha,beta")];
        foreach (var node in new[] { "alpha", "beta" }) Assert.That(disks.Order(FenceAction.On, node, node, id).IsProven);
        var was = $"{disks[1].Registered["beta"]:x}";
        (string, string?)[] now = [("key_value", "id"), ("nodes", "alpha,beta"), (ScsiKeys.Registered, was)];
        var monitor = disks.Order(FenceAction.Monitor, "beta", "", now);
        Assert.That(monitor.Kind, Is.EqualTo(VerdictKind.NotAllowed));
        Assert.That(monitor.Sentence, Does.Contain(was).And.Contain("register again"));
        Assert.That(disks.Order(FenceAction.On, "beta", "beta", now).IsProven);
        Assert.That($"{disks[1].Registered["beta"]:x}", Is.Not.EqualTo(was), "on registers the new one");
    }

    [Test]
    public void Keys_by_fence_scsis_rules()
    {
        (string, string) cluster = ("cluster", "mycluster");
        // By md5sum: mycluster 6c9d58de..., beta 987bcab0...
        Assert.That((KeyOf("beta", cluster, ("key_value", "id")), KeyOf("beta", cluster, ("key_value", "hash")), KeyOf("beta", cluster)), Is.EqualTo((0x6c9d0001UL, 0x6c9d987bUL, 0x6c9d58de987bcab0UL)));
    }

    [TestCase("devices=sda")]
    [TestCase("devices=")]
    [TestCase("devices=/d key=0")]
    [TestCase("devices=/d key=12345678901234567")]
    [TestCase("devices=/d own_key=beta")]
    [TestCase("devices=/d key_value=id")]
    public void What_cannot_be_right_is_said_before_anything_is_sent(string text)
    {
        var parameters = DeviceParameters.Read(Disks.Device.Parameters, text.Split(' ').Select(w => w.Split('=')).ToDictionary(w => w[0], w => w[1]));
        Assert.That(Disks.Device.Check(parameters), Is.Not.Empty);
    }

    /// <summary>Two nodes that shoot at each other, their commands interleaved in any way: never both succeed.</summary>
    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public void Two_that_fence_each_other_never_both_succeed(int seed)
    {
        var disks = Disks.Joined(1 + (seed & 1));
        var random = new Random(seed);
        if ((seed & 2) != 0) disks[1].Holder = default;
        var shooters = new[] { ("alpha", "beta"), ("beta", "alpha") }.Select(s =>
        {
            var conversation = disks.Conversation(FenceAction.Off, s.Item1, s.Item2);
            return (Me: s.Item1, Conversation: conversation, Steps: conversation.Steps().GetEnumerator());
        }).ToList();
        var running = shooters.ToList();
        while (running.Count > 0)
        {
            var shooter = running[random.Next(running.Count)];
            if (!shooter.Steps.MoveNext()) running.Remove(shooter);
            else disks.Do(shooter.Me, shooter.Steps.Current);
        }
        var winners = shooters.Where(s => s.Conversation.Verdict!.IsProven).Select(s => s.Me).ToList();
        Assert.That(winners, Has.Count.EqualTo(1), string.Join("; ", shooters.Select(s => s.Conversation.Verdict!.Sentence)));
        Assert.That(disks.All.All(d => !d.Registered.ContainsKey(winners[0] == "alpha" ? "beta" : "alpha") && d.Holder.Type == 5));
    }
}
