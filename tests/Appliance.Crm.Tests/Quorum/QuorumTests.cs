using Appliance.Configuration;
using Appliance.Core;
using Appliance.Crm.Quorum;

namespace Appliance.Crm.Tests.Quorum;

/// <summary>Who may act, rule by rule.</summary>
public class Quorum
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(12);
    private Instant _now;

    [SetUp]
    public void Begin() => _now = new(0);

    private QuorumCore Of(string nodes, QuorumSpec? spec = null) => new(spec ?? QuorumSpec.Usual, [.. nodes.Select(static c => c.ToString())], "a", Settle, _now);

    private QuorumVerdict Count(QuorumCore core, string nodes)
    {
        core.Count(nodes.Select(static c => c.ToString()), _now);
        return core.Verdict;
    }

    private QuorumVerdict After(QuorumCore core, double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        core.Tick(_now);
        return core.Verdict;
    }

    [Test]
    public void A_node_of_a_pair_that_saw_the_other_goes_on_alone()
    {
        var core = Of("ab", QuorumSpec.Usual with { WaitForAll = true });
        Assert.That(Count(core, "a"), Is.EqualTo(new QuorumVerdict(false, false, new(0), "1 of 2 nodes: b was not there since this node started (wait_for_all)")));
        Assert.That((Count(core, "ab").IsQuorate, core.Verdict.Reason), Is.EqualTo((true, "all 2 nodes")));
        _now += TimeSpan.FromSeconds(5);
        Assert.That(Count(core, "a"), Is.EqualTo(new QuorumVerdict(true, false, new(0), "1 of 2 nodes: a node of a pair may go on alone (two_node)")));
    }

    /// <summary>The one that is cut off from two misses them one after the other, and is a majority in between.</summary>
    [Test]
    public void A_majority_waits_for_who_may_be_missed_with_the_first_before_it_shoots()
    {
        var core = new QuorumCore(QuorumSpec.Usual, ["a", "b", "c"], "a", Settle, _now, TimeSpan.FromSeconds(1.25));
        core.Fences(true, _now);
        Assert.That(Count(core, "abc").IsQuorate, Is.True);
        _now += TimeSpan.FromSeconds(60);
        var first = Count(core, "ab");
        Assert.That((first.IsQuorate, first.IsSettling, core.NextDeadline), Is.EqualTo((false, true, _now + TimeSpan.FromSeconds(1.25))));
        Assert.That((After(core, 0.7).IsSettling, Count(core, "a").Reason), Is.EqualTo((true, "1 of 3 nodes: no majority")));

        core = new QuorumCore(QuorumSpec.Usual, ["a", "b", "c"], "a", Settle, _now, TimeSpan.FromSeconds(1.25));
        core.Fences(true, _now);
        Count(core, "abc");
        Count(core, "ab");
        Assert.That((After(core, 1.25).IsQuorate, core.Verdict.Reason), Is.EqualTo((true, "2 of 3 nodes: a majority")));
    }

    [Test]
    public void A_pair_need_not_wait_for_who_is_off_or_is_said_to_be_of_no_consequence()
    {
        var waits = QuorumSpec.Usual with { WaitForAll = true };
        var (proven, told) = (Of("ab", waits), Of("ab", waits));
        Count(proven, "a");
        Count(told, "a");
        proven.ProvenOff("b", _now);
        told.NeedNotWait(_now);
        Assert.That((proven.Verdict.IsQuorate, told.Verdict.IsQuorate), Is.EqualTo((true, true)));
    }

    [Test]
    public void A_pair_need_not_wait_unless_ha_cf_says_so() => Assert.That(Count(Of("ab"), "a").IsQuorate, Is.True);

    [Test]
    public void A_node_that_does_not_decide_says_nothing() => Assert.That((Of("ab").Verdict.IsQuorate, Count(Of("ab"), "").Reason), Is.EqualTo((false, "this node does not decide")));

    [Test]
    public void A_node_of_a_pair_that_reaches_nothing_gives_up()
    {
        var core = Of("ab", new(Needs: QuorumNeeds.Ping | QuorumNeeds.Carrier));
        core.Carried("/dev/ttyS0", false, _now);
        Count(core, "ab");
        Assert.That((core.Verdict.IsQuorate, Count(core, "a").Reason), Is.EqualTo((true, "1 of 2 nodes: no ping node answers and no serial line has a carrier, so this may be the part that is cut off")));
        core.Pinged("10.0.0.1", true, _now);
        Assert.That(core.Verdict.IsQuorate, Is.True);
        core.Pinged("10.0.0.1", false, _now);
        Assert.That(core.Verdict.IsQuorate, Is.False);
        core.Carried("/dev/ttyS0", true, _now);
        Assert.That(core.Verdict.IsQuorate, Is.True);
        core.Carried("/dev/ttyS0", false, _now);
        Assert.That((core.Verdict.IsQuorate, Count(core, "ab").IsQuorate), Is.EqualTo((false, true)), "together nothing is asked for");
    }

    /// <summary>A line without these signals, an adapter that does not tell, three wires: nobody may lose anything by them, and nobody is kept by them.</summary>
    [Test]
    public void A_line_that_does_not_tell_is_as_if_it_were_not_there()
    {
        var core = Of("ab", new(Needs: QuorumNeeds.Carrier));
        Count(core, "ab");
        Assert.That(Count(core, "a").IsQuorate, Is.True, "nobody has told of a line yet");
        core.Carried("/dev/ttyS0", null, _now);
        Assert.That(core.Verdict.IsQuorate, Is.True);
        core.Carried("/dev/ttyS0", false, _now);
        Assert.That((core.Verdict.IsQuorate, core.Verdict.Reason), Is.EqualTo((false, "1 of 2 nodes: no serial line has a carrier, so this may be the part that is cut off")));
        core.Carried("/dev/ttyS1", null, _now);
        Assert.That(core.Verdict.IsQuorate, Is.False, "another line that does not tell says nothing against the one that does");
        core.Carried("/dev/ttyS1", true, _now);
        Assert.That(core.Verdict.IsQuorate, Is.True, "one that has a carrier is enough");
        core.Carried("/dev/ttyS1", false, _now);
        core.Carried("/dev/ttyS0", null, _now);
        Assert.That(core.Verdict.IsQuorate, Is.False);
        core.Carried("/dev/ttyS1", null, _now);
        Assert.That(core.Verdict.IsQuorate, Is.True);

        core = Of("ab", new(Needs: QuorumNeeds.Ping | QuorumNeeds.Carrier));
        Count(core, "ab");
        Assert.That((Count(core, "a").IsQuorate, core.Verdict.Reason), Is.EqualTo((false, "1 of 2 nodes: no ping node answers and no serial line tells of a carrier, so this may be the part that is cut off")), "then the ping node alone decides");
        core.Pinged("10.0.0.1", true, _now);
        Assert.That(core.Verdict.IsQuorate, Is.True);
    }

    /// <summary>Whatever lines and ping nodes do, in whatever order: a part that has quorum with them has it without them.</summary>
    [Test]
    public void Signs_never_give_quorum([Values("ab", "abc", "abcd")] string nodes, [Values(QuorumNeeds.Carrier, QuorumNeeds.Ping, QuorumNeeds.Ping | QuorumNeeds.Carrier)] QuorumNeeds needs,
        [Values(null, "lowest")] string? tieBreaker, [Values(true, false)] bool fences, [Values(null, true)] bool? waits)
    {
        var spec = new QuorumSpec(WaitForAll: waits, TieBreaker: tieBreaker);
        var (with, without) = (Of(nodes, spec with { Needs = needs }), Of(nodes, spec));
        foreach (var core in (QuorumCore[])[with, without]) core.Fences(fences, _now);
        var (random, taken) = (new Random(nodes.Length * 100 + (int)needs * 10), 0);
        for (var i = 0; i < 3000; i++)
        {
            _now += TimeSpan.FromSeconds(random.Next(4));
            var followers = nodes.Where(n => n == 'a' || random.Next(2) == 0).Select(n => n.ToString()).ToArray();
            var (kind, line, seen) = (random.Next(4), $"/dev/ttyS{random.Next(2)}", random.Next(3) switch { 0 => true, 1 => false, _ => (bool?)null });
            foreach (var core in (QuorumCore[])[with, without])
                if (kind == 0) core.Count(followers, _now);
                else if (kind == 1) core.Carried(line, seen, _now);
                else if (kind == 2) core.Pinged("10.0.0.1", seen == true, _now);
                else core.Tick(_now);
            if (with.Verdict.IsQuorate || with.Verdict.IsSettling) Assert.That(without.Verdict.IsQuorate || without.Verdict.IsSettling, Is.True, $"step {i}: {with.Verdict} and {without.Verdict}");
            if (with.Verdict.IsQuorate) Assert.That(without.Verdict.IsQuorate, Is.True, $"step {i}: {with.Verdict} and {without.Verdict}");
            if (without.Verdict.IsQuorate && !with.Verdict.IsQuorate) taken++;
        }
        Assert.That(taken > 0, Is.EqualTo(nodes.Length == 2 || nodes.Length == 4 && tieBreaker is not null), "taken only where there is a half that may go on");
    }

    [Test]
    public void Only_what_is_asked_for_is_a_sign()
    {
        var core = Of("ab", new(WaitForAll: false, Needs: QuorumNeeds.Ping));
        Count(core, "a");
        core.Carried("/dev/ttyS0", true, _now);
        Assert.That(core.Verdict.IsQuorate, Is.False);
    }

    [Test]
    public void A_majority_may_act_when_nobody_else_can_count_it()
    {
        var core = Of("abcde");
        Assert.That((Count(core, "abc").IsQuorate, core.Verdict.IsSettling, core.NextDeadline), Is.EqualTo((false, true, _now + Settle)));
        Assert.That((After(core, 11.9).IsQuorate, After(core, 0.1)), Is.EqualTo((false, new QuorumVerdict(true, false, _now, "3 of 5 nodes: a majority"))));
        Assert.That(core.NextDeadline, Is.EqualTo(Instant.Never));
        Count(core, "abcd");
        Assert.That(Count(core, "bcd").IsSettling, Is.True, "d came just now");
        Assert.That(Count(core, "bc"), Is.EqualTo(new QuorumVerdict(false, false, _now, "2 of 5 nodes: no majority")));
    }

    [Test]
    public void With_fencing_nobody_waits()
    {
        var core = Of("abcde");
        core.Fences(true, _now);
        Assert.That((Count(core, "abc").IsQuorate, Count(core, "ab").IsQuorate), Is.EqualTo((true, false)));
    }

    [Test]
    public void All_need_not_wait_nor_those_of_them_that_stay()
    {
        var core = Of("abc");
        Assert.That((Count(core, "abc").IsQuorate, Count(core, "ab").IsQuorate), Is.EqualTo((true, true)));
    }

    [TestCase("abcd", "lowest", "ab", true, "2 of 4 nodes: a half, with a")]
    [TestCase("abcd", "lowest", "cd", false, "2 of 4 nodes: a half, without a")]
    [TestCase("abcd", "c", "cd", true, "2 of 4 nodes: a half, with c")]
    [TestCase("abcd", null, "ab", false, "2 of 4 nodes: a half, without a tie breaker")]
    [TestCase("ba", "lowest", "a", true, "1 of 2 nodes: a half, with a")]
    [TestCase("ba", "lowest", "b", false, "1 of 2 nodes: a half, without a")]
    public void Of_two_halves_the_tie_breaker_decides(string nodes, string? tieBreaker, string half, bool quorate, string reason)
    {
        var core = Of(nodes, new(TwoNode: false, TieBreaker: tieBreaker));
        Count(core, half);
        Assert.That((After(core, 12).IsQuorate, core.Verdict.Reason), Is.EqualTo((quorate, reason)));
    }

    [Test]
    public void A_half_that_reaches_nothing_gives_up_and_a_majority_is_not_asked()
    {
        var core = Of("abcd", new(TieBreaker: "a", Needs: QuorumNeeds.Ping));
        Count(core, "ab");
        Assert.That(After(core, 12).IsQuorate, Is.False);
        Count(core, "abc");
        Assert.That(After(core, 12).IsQuorate, Is.True);
    }

    [Test]
    public void Larger_clusters_wait_for_all_when_they_are_told_to()
    {
        var core = Of("abc", new(WaitForAll: true));
        Count(core, "ab");
        Assert.That(After(core, 60).Reason, Is.EqualTo("2 of 3 nodes: c was not there since this node started (wait_for_all)"));
        Count(core, "abc");
        Assert.That(Count(core, "ab").IsQuorate, Is.True);
    }

    [Test]
    public void Who_is_not_in_ha_cf_does_not_count() => Assert.That(Count(Of("abc"), "axyz").Reason, Is.EqualTo("1 of 3 nodes: no majority"));

    [Test]
    public void A_cluster_of_one_may_act() => Assert.That(Count(Of("a"), "a").Reason, Is.EqualTo("the only node"));
}
