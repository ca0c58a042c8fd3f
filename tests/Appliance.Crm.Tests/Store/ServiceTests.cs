using System.Globalization;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Crm.Store;

namespace Appliance.Crm.Tests.Store;

/// <summary>Single rules of the CIB service, each as a short story between nodes whose messages and disks the test moves by hand.</summary>
public class A_cib_service
{
    private static readonly CibMoment Moment = new(CibTime.FromEpoch(1_800_000_000), "Fri Jan 15 08:00:00 2027");

    /// <summary>Services that hear each other; disks that do what they are told when they are told.</summary>
    private sealed class Cluster
    {
        public SortedDictionary<string, CibService> Nodes { get; } = new(StringComparer.Ordinal);
        public List<(string From, string To, CibMessage Message)> Wire { get; } = [];
        public List<(string Node, CibEffect.Write Write)> Disks { get; } = [];
        public List<(string Node, long Term)> Terms { get; } = [];
        public List<(string Node, CibElement Document)> Lost { get; } = [];
        public List<string> Replies { get; } = [];
        public Instant Now { get; set; } = new(0);

        public Cluster(params string[] names)
        {
            foreach (var name in names) Add(name, 0, 0, "base");
        }

        /// <summary>The test itself says when a term is stored.</summary>
        public bool HoldsTerms { get; init; }

        /// <summary>More than half of so many may act.</summary>
        public int Of { get; init; } = 1;

        public CibService Add(string name, int epoch, long term, string note, params string[] known) => Add(name, epoch, new CibStanding(term), note, known);

        public CibService Add(string name, int epoch, CibStanding standing, string note, params string[] known)
        {
            var document = CibRequests.Empty().Set("epoch", epoch.ToString(CultureInfo.InvariantCulture));
            if (epoch > 0) document.Descendants("nodes").Single().Add("node").Set("id", note).Set("uname", note);
            return Nodes[name] = new(name, document, standing, known) { Suffices = nodes => 2 * nodes.Count > Of };
        }

        public void Members(long term, string? dc, params string[] members)
        {
            foreach (var member in members) Tell(member, term, dc, members);
        }

        public void Tell(string node, long term, string? dc, params string[] members)
        {
            Nodes[node].SetMembers(term, dc, members, Now, Moment);
            Gather(node);
        }

        public void Ask(string node, long client, string id, int seconds = 60, bool ofDc = false)
        {
            var request = new CibRequest(CibOperation.Create, "nodes", CibElement.Parse($"<node id='{id}' uname='{id}'/>", "i"));
            Nodes[node].Request(client, request, Now + TimeSpan.FromSeconds(seconds), Now, Moment, ofDc);
            Gather(node);
        }

        public void Gather(string node)
        {
            foreach (var effect in Nodes[node].Effects())
                switch (effect)
                {
                    case CibEffect.Send send:
                        foreach (var to in Nodes.Keys)
                            if (to != node && (send.To is null || send.To == to)) Wire.Add((node, to, send.Message));
                        break;
                    case CibEffect.Write write: Disks.Add((node, write)); break;
                    case CibEffect.WriteTerm term when HoldsTerms: Terms.Add((node, term.Term)); break;
                    case CibEffect.WriteTerm term:
                        Nodes[node].TermWritten(term.Term, null);
                        Gather(node);
                        break;
                    case CibEffect.KeepLost lost: Lost.Add((node, lost.Document)); break;
                    case CibEffect.Reply reply: Replies.Add($"{node} {reply.Client} {reply.Error}"); break;
                }
        }

        public void Tick(string node, TimeSpan later)
        {
            Now += later;
            Nodes[node].Tick(Now, Moment);
            Gather(node);
        }

        /// <summary>Delivers everything that fits, and what follows of it.</summary>
        public void Deliver(Predicate<(string From, string To, CibMessage Message)>? only = null)
        {
            while (Wire.FindIndex(w => only is null || only(w)) is >= 0 and var at)
            {
                var (from, to, message) = Wire[at];
                Wire.RemoveAt(at);
                Nodes[to].Received(from, message, Now, Moment);
                Gather(to);
            }
        }

        public void Store(string node, string? error = null)
        {
            while (Disks.FindIndex(d => d.Node == node) is >= 0 and var at)
            {
                var (_, write) = Disks[at];
                Disks.RemoveAt(at);
                Nodes[node].Written(write.Ticket, error, Now);
                Gather(node);
                if (error is not null) return;
            }
        }

        public void Settle()
        {
            while (Wire.Count + Disks.Count > 0)
            {
                Deliver();
                foreach (var node in Nodes.Keys) Store(node);
            }
        }

        public string Ids(string node) => string.Join(' ', Nodes[node].Replica.Document.Descendants("node").Select(n => n.Id));
        public string Version(string node) => CibVersion.Of(Nodes[node].Replica.Document).ToString();
    }

    private static Cluster Settled(params string[] names)
    {
        var cluster = new Cluster(names);
        cluster.Members(1, "a", names);
        cluster.Settle();
        Assert.That(names.All(n => cluster.Nodes[n].IsSynchronised), Is.True);
        return cluster;
    }

    /// <summary>Else a change that only the DC's disk has, when all lose power, could be of the term that the others begin next, and win over what they went on to change.</summary>
    [Test]
    public void Follows_when_the_term_is_on_its_disk_and_no_change_is_made_before()
    {
        var cluster = new Cluster("a", "b") { HoldsTerms = true };
        cluster.Members(5, "a", "a", "b");
        cluster.Ask("a", 1, "x");
        cluster.Settle();
        Assert.That((cluster.Terms, cluster.Nodes["a"].IsSynchronised, cluster.Ids("a")), Is.EqualTo((new[] { ("b", 5L) }, false, "")));

        cluster.Nodes["b"].TermWritten(5, null);
        cluster.Gather("b");
        cluster.Settle();
        Assert.That((cluster.Nodes["a"].IsSynchronised, cluster.Ids("b"), string.Join(", ", cluster.Replies)), Is.EqualTo((true, "x", "a 1 None")));
    }

    [Test]
    public void Says_what_it_has_only_when_the_term_is_stored_even_when_it_is_asked()
    {
        var cluster = new Cluster("a", "b") { HoldsTerms = true };
        cluster.Tell("b", 5, "a", "a", "b");
        cluster.Nodes["b"].Received("a", new CibMessage.Want(5), cluster.Now, Moment);
        cluster.Gather("b");
        Assert.That(cluster.Wire, Is.Empty);

        cluster.Nodes["b"].TermWritten(4, null);       // of the DC before
        cluster.Gather("b");
        Assert.That(cluster.Wire, Is.Empty);

        cluster.Nodes["b"].TermWritten(5, "no space left");
        cluster.Gather("b");
        Assert.That(cluster.Wire.Select(w => (w.To, w.Message is CibMessage.Hello)), Is.EqualTo(new[] { ("a", true) }), "a node whose disk fails is a member all the same");
    }

    [Test]
    public void Stores_a_term_once()
    {
        var cluster = new Cluster("a", "b") { HoldsTerms = true };
        cluster.Tell("b", 5, "a", "a", "b");
        cluster.Nodes["b"].TermWritten(5, null);
        cluster.Tell("b", 5, null, "b");
        cluster.Tell("b", 5, "a", "a", "b");
        Assert.That((cluster.Terms.Count, cluster.Wire.Count(w => w.Message is CibMessage.Hello)), Is.EqualTo((1, 2)));
    }

    [Test]
    public void Answers_a_change_of_the_configuration_when_every_disk_has_it()
    {
        var cluster = Settled("a", "b", "c");
        cluster.Ask("a", 1, "x");
        cluster.Deliver();
        cluster.Store("a");
        cluster.Store("b");
        cluster.Deliver();
        Assert.That((cluster.Ids("c"), cluster.Replies.Count), Is.EqualTo(("x", 0)), "applied everywhere, and not stored at one");
        cluster.Store("c");
        Assert.That(cluster.Replies, Is.Empty, "stored, but nobody has said so");
        cluster.Deliver();
        Assert.That(cluster.Replies, Is.EqualTo(new[] { "a 1 None" }));
    }

    [Test]
    public void Does_not_wait_for_who_leaves()
    {
        var cluster = Settled("a", "b", "c");
        cluster.Ask("a", 1, "x");
        cluster.Deliver();
        cluster.Store("a");
        cluster.Store("b");
        cluster.Deliver();
        cluster.Tell("a", 1, "a", "a", "b");
        Assert.That(cluster.Replies, Is.EqualTo(new[] { "a 1 None" }));
    }

    [Test]
    public void Goes_on_without_who_never_says_what_it_has_and_takes_it_in_when_it_does()
    {
        var cluster = new Cluster("a", "b", "c");
        cluster.Members(1, "a", "a", "b", "c");
        var hello = cluster.Wire.Single(w => w.From == "c");
        void Settle()
        {
            while (cluster.Wire.Count + cluster.Disks.Count > 0)
            {
                cluster.Wire.RemoveAll(w => w.From == "c" || w.To == "c");
                cluster.Deliver();
                foreach (var node in cluster.Nodes.Keys) cluster.Store(node);
            }
        }
        cluster.Ask("b", 1, "x", seconds: 600);
        Settle();
        cluster.Now += CibWriter.SaidWithin - TimeSpan.FromSeconds(1);
        cluster.Nodes["a"].Tick(cluster.Now, Moment);
        cluster.Gather("a");
        Settle();
        Assert.That(cluster.Replies, Is.Empty, "it may come yet, with something better");

        Assert.That(cluster.Nodes["a"].NextDeadline, Is.EqualTo(cluster.Now + TimeSpan.FromSeconds(1)));
        cluster.Now += TimeSpan.FromSeconds(1);
        cluster.Nodes["a"].Tick(cluster.Now, Moment);
        cluster.Gather("a");
        Settle();
        Assert.That((cluster.Replies, cluster.Ids("b")), Is.EqualTo((new[] { "b 1 None" }, "x")));
        cluster.Wire.Add(hello);
        cluster.Settle();
        Assert.That((cluster.Ids("c"), cluster.Nodes["c"].IsSynchronised), Is.EqualTo(("x", true)));
        cluster.Ask("a", 2, "y");
        cluster.Deliver();
        cluster.Store("a");
        cluster.Store("b");
        cluster.Deliver();
        Assert.That(cluster.Replies, Has.Count.EqualTo(1), "now it counts");
        cluster.Settle();
        Assert.That(cluster.Replies, Has.Count.EqualTo(2));
    }

    /// <summary>Who came last has as much time as who came first.</summary>
    [Test]
    public void Waits_for_each_that_says_nothing_from_when_it_came()
    {
        var cluster = new Cluster("a", "b", "c");
        cluster.Tell("a", 1, "a", "a", "c");
        cluster.Tick("a", CibWriter.SaidWithin - TimeSpan.FromSeconds(1));
        cluster.Tell("a", 1, "a", "a", "b", "c");
        cluster.Nodes["a"].Received("c", new CibMessage.Hello(1, default, default, "d", "d", []), cluster.Now, Moment);
        cluster.Tick("a", TimeSpan.FromSeconds(2));
        Assert.That((cluster.Nodes["a"].IsSynchronised, cluster.Nodes["a"].NextDeadline), Is.EqualTo((false, cluster.Now + (CibWriter.SaidWithin - TimeSpan.FromSeconds(2)))));
        cluster.Tick("a", CibWriter.SaidWithin - TimeSpan.FromSeconds(2));
        Assert.That(cluster.Nodes["a"].IsSynchronised, Is.True);
    }

    /// <summary>Two of three say nothing: what is on the third disk alone the two would go on without.</summary>
    [TestCase(3, "a 1 NotKnown")]
    [TestCase(1, "a 1 None")]
    public void Tells_nothing_stored_that_those_who_say_nothing_would_go_on_without(int of, string expected)
    {
        var cluster = new Cluster("a", "b", "c") { Of = of };
        cluster.Tell("a", 1, "a", "a", "b", "c");
        cluster.Ask("a", 1, "x", seconds: 600);
        cluster.Tick("a", CibWriter.SaidWithin);
        cluster.Store("a");
        Assert.That(cluster.Replies, Is.EqualTo(new[] { expected }));
    }

    /// <summary>It was changed for all, and when it is stored by those who are left they may not act any more: the others go on without it.</summary>
    [Test]
    public void Tells_nothing_stored_when_the_majority_has_left_meanwhile()
    {
        var cluster = Settled("a", "b", "c");
        cluster.Ask("a", 1, "x");
        cluster.Nodes["a"].Quorate(false);
        cluster.Tell("a", 1, "a", "a");
        cluster.Store("a");
        Assert.That(cluster.Replies, Is.EqualTo(new[] { "a 1 NotKnown" }));
        cluster.Ask("a", 2, "y");
        cluster.Store("a");
        Assert.That(cluster.Replies[^1], Is.EqualTo("a 2 None"), "and that was changed for this part alone");
    }

    [Test]
    public void Does_nothing_for_who_has_left_and_does_not_know()
    {
        var cluster = Settled("a", "b", "c");
        cluster.Tell("a", 1, "a", "a", "c");
        cluster.Ask("b", 1, "x");
        cluster.Settle();
        Assert.That((cluster.Ids("a"), cluster.Replies.Count), Is.EqualTo(("", 0)));
        cluster.Tell("a", 1, "a", "a", "b", "c");
        cluster.Settle();
        Assert.That((cluster.Ids("a"), cluster.Replies.Single()), Is.EqualTo(("x", "b 1 None")));
    }

    /// <summary>Of two that meet, a decides, and the document that counts is b's.</summary>
    private static Cluster TheDcHasTheWorseDocument()
    {
        var cluster = new Cluster();
        cluster.Add("a", 1, 1, "a");
        cluster.Add("b", 5, 4, "b");
        cluster.Members(9, "a", "a", "b");
        return cluster;
    }

    [Test]
    public void Asks_again_for_a_document_that_comes_damaged_and_goes_on_without_it_in_the_end()
    {
        var cluster = TheDcHasTheWorseDocument();
        var (began, offers) = (cluster.Now, 0);
        while (!cluster.Nodes["a"].IsSynchronised && offers < 1000)
        {
            cluster.Deliver(w => w.Message is not CibMessage.Offer);
            if (cluster.Wire.FindIndex(w => w.Message is CibMessage.Offer) is >= 0 and var at)
            {
                offers++;
                cluster.Wire[at] = cluster.Wire[at] with { Message = new CibMessage.Offer(9, CibRequests.Empty(), []) };
                cluster.Deliver(w => w.Message is CibMessage.Offer);
            }
            if (cluster.Wire.Count > 0 || cluster.Nodes["a"].IsSynchronised) continue;
            cluster.Now = cluster.Nodes["a"].NextDeadline;
            Assert.That(cluster.Now, Is.Not.EqualTo(Instant.Never), $"it goes on after {offers} offers");
            cluster.Tick("a", TimeSpan.Zero);
        }
        Assert.That((offers, cluster.Now), Is.EqualTo((36, began + CibWriter.SaidWithin)), "every five seconds");
        cluster.Settle();
        Assert.That((cluster.Ids("a"), cluster.Ids("b"), cluster.Lost.Single().Node), Is.EqualTo(("a", "a", "b")));
        Assert.That(CibVersion.Of(cluster.Nodes["b"].Replica.Document).Epoch, Is.GreaterThan(5), "no version goes back");
    }

    [Test]
    public void Goes_on_without_a_document_that_is_never_given()
    {
        var cluster = TheDcHasTheWorseDocument();
        cluster.Deliver(w => w.Message is CibMessage.Hello);
        cluster.Wire.Clear();
        Assert.That(cluster.Nodes["a"].NextDeadline, Is.EqualTo(cluster.Now + CibWriter.SaidWithin));
        cluster.Tick("a", CibWriter.SaidWithin);
        cluster.Settle();
        Assert.That((cluster.Ids("a"), cluster.Ids("b"), cluster.Lost.Single().Node), Is.EqualTo(("a", "a", "b")));
    }

    /// <summary>Whether a quorum is there is no change of the configuration, and part of the document that has the digest: a copy that has it afresh does not come after one that was told of it.</summary>
    [Test]
    public void Has_the_same_digest_of_what_is_stored_wherever_it_came_from()
    {
        var cluster = Settled("a", "b");
        cluster.Ask("a", 1, "x");
        cluster.Nodes["a"].Request(2, new(CibOperation.Modify, null, new CibElement("cib").Set("have-quorum", "1")), new(1000), cluster.Now, Moment);
        cluster.Gather("a");
        cluster.Settle();
        var digest = StoredCib.Digest(StoredCib.Of(cluster.Nodes["a"].Replica.Document));
        Assert.That((cluster.Nodes["a"].Replica.StoredDigest, cluster.Nodes["b"].Replica.StoredDigest), Is.EqualTo((digest, digest)));
    }

    [Test]
    public void Waits_for_who_comes_meanwhile()
    {
        var cluster = Settled("a", "b");
        cluster.Add("c", 0, 0, "");
        cluster.Ask("a", 1, "x");
        cluster.Deliver(w => w.To != "c");
        cluster.Store("a");
        cluster.Tell("a", 1, "a", "a", "c");
        cluster.Store("b");
        Assert.That(cluster.Replies, Is.Empty);
        cluster.Tell("c", 1, "a", "a", "c");
        cluster.Settle();
        Assert.That((cluster.Replies.Single(), cluster.Ids("c")), Is.EqualTo(("a 1 None", "x")));
    }

    [Test]
    public void Answers_a_change_of_the_status_at_once()
    {
        var cluster = Settled("a", "b");
        cluster.Nodes["a"].Request(1, new(CibOperation.Modify, "status", CibElement.Parse("<node_state id='1'/>", "i"), CibOptions.CanCreate), new(1000), cluster.Now, Moment);
        cluster.Gather("a");
        Assert.That((cluster.Replies.Single(), cluster.Disks.Count), Is.EqualTo(("a 1 None", 0)));
        cluster.Deliver();
        Assert.That(cluster.Version("b"), Is.EqualTo(cluster.Version("a")));
    }

    [Test]
    public void Hands_a_request_to_the_dc_and_brings_the_answer_back()
    {
        var cluster = Settled("a", "b", "c");
        cluster.Ask("b", 1, "x");
        cluster.Ask("c", 1, "x");
        cluster.Settle();
        Assert.That(cluster.Replies, Is.EquivalentTo(new[] { "b 1 None", "c 1 Exists" }));
        Assert.That(cluster.Nodes["c"].Replica.Document["update-origin"], Is.EqualTo("b"));
    }

    [Test]
    public void Answers_a_query_from_its_own_copy()
    {
        var cluster = Settled("a", "b");
        cluster.Nodes["b"].Request(1, new(CibOperation.Query, "nodes"), new(1000), cluster.Now, Moment);
        cluster.Gather("b");
        Assert.That((cluster.Replies.Single(), cluster.Wire.Count), Is.EqualTo(("b 1 None", 0)));
    }

    [Test]
    public void Asks_for_the_whole_document_when_a_patch_is_missing()
    {
        var cluster = Settled("a", "b");
        cluster.Ask("a", 1, "x");
        cluster.Wire.Clear();
        cluster.Ask("a", 2, "y");
        cluster.Deliver(w => w.To == "b");
        Assert.That(cluster.Wire.Single().Message, Is.InstanceOf<CibMessage.Want>());
        cluster.Settle();
        Assert.That((cluster.Ids("b"), cluster.Replies.Count), Is.EqualTo(("x y", 2)));
    }

    [Test]
    public void Asks_for_the_whole_document_when_a_patch_makes_another_one()
    {
        var cluster = Settled("a", "b");
        cluster.Ask("a", 1, "x");
        var (from, to, message) = cluster.Wire.Single();
        var wrong = ((CibMessage.Patch)message).Content.Clone().Set("digest", "0123");
        cluster.Wire[0] = (from, to, ((CibMessage.Patch)message) with { Content = wrong });
        cluster.Deliver(w => w.To == "b");
        Assert.That((cluster.Wire.Single().Message.GetType(), cluster.Ids("b")), Is.EqualTo((typeof(CibMessage.Want), "")));
        cluster.Settle();
        Assert.That(cluster.Ids("b"), Is.EqualTo("x"));
    }

    [Test]
    public void Tells_that_an_outcome_is_not_known_when_the_dc_goes_and_waits_with_what_nobody_was_asked()
    {
        var cluster = Settled("a", "b", "c");
        cluster.Ask("b", 1, "x");       // on its way
        cluster.Tell("b", 1, null, "b", "c");
        Assert.That(cluster.Replies, Is.EqualTo(new[] { "b 1 NotKnown" }));
        cluster.Ask("b", 2, "y");
        cluster.Wire.Clear();
        cluster.Tell("b", 2, "c", "b", "c");
        cluster.Tell("c", 2, "c", "b", "c");
        cluster.Settle();
        Assert.That(cluster.Replies, Is.EqualTo(new[] { "b 1 NotKnown", "b 2 None" }));
        Assert.That(cluster.Ids("c"), Is.EqualTo("y"));
    }

    /// <summary>What one that was cut off made of what it heard late, while it waited for the others: the next one has decided otherwise meanwhile.</summary>
    [Test]
    public void Takes_what_a_dc_has_to_say_of_who_decides_only()
    {
        var cluster = new Cluster("a", "b");
        cluster.Ask("a", 1, "early", ofDc: true);      // elected, and about to begin
        cluster.Tell("a", 1, "a", "a", "b");            // b has not said what it has
        cluster.Ask("a", 2, "x", ofDc: true);
        cluster.Ask("a", 3, "y");
        cluster.Tell("a", 2, "a", "a", "b");            // it goes on with a later term
        Assert.That(cluster.Replies, Is.Empty);
        cluster.Tell("a", 3, "b", "a", "b");
        Assert.That(cluster.Replies, Is.EqualTo(new[] { "a 1 NotKnown", "a 2 NotKnown" }));
        cluster.Tell("b", 3, "b", "a", "b");
        cluster.Settle();
        Assert.That((cluster.Ids("b"), cluster.Replies[^1]), Is.EqualTo(("y", "a 3 None")));

        cluster = new Cluster("a");
        cluster.Ask("a", 1, "early", ofDc: true);
        cluster.Members(1, "a", "a");
        cluster.Settle();
        Assert.That(cluster.Ids("a"), Is.EqualTo("early"));
    }

    [Test]
    public void Tells_a_clients_time_is_over()
    {
        var cluster = new Cluster("a");
        cluster.Ask("a", 1, "x", seconds: 30);
        Assert.That(cluster.Nodes["a"].NextDeadline, Is.EqualTo(cluster.Now + TimeSpan.FromSeconds(30)));
        cluster.Now += TimeSpan.FromSeconds(30);
        cluster.Nodes["a"].Tick(cluster.Now, Moment);
        cluster.Gather("a");
        Assert.That(cluster.Replies, Is.EqualTo(new[] { "a 1 TimedOut" }));
    }

    [Test]
    public void Tells_nothing_stored_while_the_disk_fails_and_tries_again()
    {
        var cluster = Settled("a");
        cluster.Ask("a", 1, "x");
        cluster.Store("a", "No space left on device");
        Assert.That((cluster.Replies.Count, cluster.Disks.Count), Is.EqualTo((0, 0)));
        cluster.Now = cluster.Nodes["a"].NextDeadline;
        Assert.That(cluster.Now, Is.EqualTo(new Instant(0) + TimeSpan.FromSeconds(5)));
        cluster.Nodes["a"].Tick(cluster.Now, Moment);
        cluster.Gather("a");
        cluster.Store("a");
        Assert.That(cluster.Replies, Is.EqualTo(new[] { "a 1 None" }));
    }

    /// <summary>Which of two documents wins, and what becomes of the other: epoch and term of each, whether the DC's own comes from it.</summary>
    [TestCase(5, 3, 4, 3, "a", "b", Description = "the higher version of one term")]
    [TestCase(4, 3, 5, 3, "b", "a")]
    [TestCase(4, 4, 9, 3, "a", "b", Description = "the later DC's, whatever the version")]
    [TestCase(5, 3, 5, 3, "a", "b", Description = "of two equals the DC's own")]
    public void Joins_with_the_document_that_counts_and_keeps_the_other(int epochOfDc, long termOfDc, int epoch, long term, string winner, string loser)
    {
        var cluster = new Cluster();
        cluster.Add("a", epochOfDc, termOfDc, "a");
        cluster.Add("b", epoch, term, "b");
        cluster.Members(9, "a", "a", "b");
        cluster.Settle();
        Assert.That((cluster.Ids("a"), cluster.Ids("b")), Is.EqualTo((winner, winner)));
        Assert.That(cluster.Lost.Select(l => $"{l.Node} {l.Document.Descendants("node").Single().Id}"), Is.EqualTo(new[] { $"{loser} {loser}" }));
        Assert.That(cluster.Version("a"), Is.EqualTo(cluster.Version("b")));
        Assert.That(CibVersion.Of(cluster.Nodes["a"].Replica.Document).Epoch, Is.GreaterThanOrEqualTo(Math.Max(epoch, epochOfDc)), "no version goes back");
        Assert.That(cluster.Nodes["b"].Replica.Standing, Is.EqualTo(cluster.Nodes["a"].Replica.Standing).And.EqualTo(new CibStanding(winner == "a" ? termOfDc : term)));
    }

    /// <summary>A node that was alone changed what the majority's last DC had changed: that wins over what another node only had of it weeks ago, and gives way to what the majority went on to change, or what another had more of when it was alone.</summary>
    [TestCase("5-0.201", 201, "5", 150, "a", Description = "the other has what both had before")]
    [TestCase("5-0.201", 260, "5", 201, "b", Description = "the majority went on")]
    [TestCase("5-0.201", 201, "5-0.151", 400, "a", Description = "both alone: who had more")]
    [TestCase("5-0.151", 400, "5-0.201", 201, "b")]
    [TestCase("5-0.201", 205, "5-0.201", 204, "a", Description = "both alone from the same on: who changed more")]
    [TestCase("5-0.201", 300, "6", 100, "b", Description = "a later DC's")]
    public void Joins_with_what_the_majority_changed_and_then_with_what_was_changed_alone(string standingOfDc, int epochOfDc, string standing, int epoch, string winner)
    {
        var cluster = new Cluster();
        cluster.Add("a", epochOfDc, CibStanding.Read(standingOfDc)!.Value, "a");
        cluster.Add("b", epoch, CibStanding.Read(standing)!.Value, "b");
        cluster.Members(9, "a", "a", "b");
        cluster.Settle();
        Assert.That((cluster.Ids("a"), cluster.Ids("b")), Is.EqualTo((winner, winner)));
        Assert.That(cluster.Nodes["a"].Replica.Standing.ToString(), Is.EqualTo(winner == "a" ? standingOfDc : standing));
    }

    [Test]
    public void Says_since_when_a_document_was_changed_alone_and_never_that_it_is_worth_less_than_before()
    {
        var standing = new CibStanding(8);
        Assert.That(standing.Changed(9, true, new(0, 5, 0)), Is.EqualTo(new CibStanding(9)));
        Assert.That(standing.Changed(6, true, new(0, 5, 0)), Is.EqualTo(standing), "a DC of an older version did not count on");
        var alone = standing.Changed(9, false, new(0, 5, 3));
        Assert.That(alone, Is.EqualTo(new CibStanding(8, true, new(0, 5, 0))));
        Assert.That(alone.Changed(10, false, new(0, 6, 0)), Is.EqualTo(alone));
        Assert.That(alone.Changed(8, true, new(0, 6, 0)), Is.EqualTo(new CibStanding(8)));
        Assert.That(new CibStanding(0).Changed(3, false, new(0, 6, 0)), Is.EqualTo(new CibStanding(0)), "nobody has changed it for all");
        foreach (var word in (string[])["", "-", "7-", "7-1", "7.1.2", "7-1.2.3", "-7", "x", "7-1.99999999999"]) Assert.That(CibStanding.Read(word), Is.Null, word);
    }

    [Test]
    public void Joins_with_an_administrators_epoch_before_all_else()
    {
        var cluster = new Cluster();
        cluster.Add("a", 9, 8, "a");
        cluster.Add("b", 2, 1, "b").Replica.Document.Set("admin_epoch", "1");
        cluster.Members(9, "a", "a", "b");
        cluster.Settle();
        Assert.That((cluster.Ids("a"), cluster.Lost.Single().Node), Is.EqualTo(("b", "a")));
    }

    [Test]
    public void Asks_a_node_that_joins_while_a_document_is_fetched_for_its_own_before_it_decides()
    {
        var cluster = new Cluster();
        cluster.Add("a", 1, 1, "a");
        cluster.Add("b", 5, 4, "b");
        cluster.Add("c", 9, 5, "c");
        cluster.Tell("a", 9, "a", "a", "b");
        cluster.Tell("b", 9, "a", "a", "b");
        cluster.Deliver(w => w.Message is CibMessage.Hello or CibMessage.Fetch);
        cluster.Tell("a", 9, "a", "a", "b", "c");
        cluster.Deliver();
        Assert.That((cluster.Nodes["a"].IsSynchronised, cluster.Ids("a")), Is.EqualTo((false, "a")));
        cluster.Tell("c", 9, "a", "a", "b", "c");
        cluster.Settle();
        Assert.That((cluster.Ids("a"), cluster.Ids("b"), cluster.Ids("c")), Is.EqualTo(("c", "c", "c")));
        Assert.That(cluster.Lost.Select(l => l.Node), Is.EquivalentTo(new[] { "a", "b" }));
    }

    [Test]
    public void Asks_a_member_for_its_hello_that_does_not_know_it_was_away()
    {
        var cluster = Settled("a", "b", "c");
        cluster.Tell("a", 1, "a", "a", "b");
        cluster.Tell("a", 1, "a", "a", "b", "c");
        Assert.That(cluster.Nodes["a"].IsSynchronised, Is.False);
        cluster.Settle();
        Assert.That(cluster.Nodes["a"].IsSynchronised, Is.True);
    }

    [Test]
    public void Asks_for_a_document_that_came_damaged_again_and_not_at_once()
    {
        var cluster = Settled("a", "b");
        cluster.Nodes["b"].Received("a", new CibMessage.Base(1, 9, new(2), "0123", CibRequests.Empty(), []), cluster.Now, Moment);
        cluster.Gather("b");
        Assert.That((cluster.Wire.Count, cluster.Nodes["b"].NextDeadline), Is.EqualTo((0, cluster.Now + TimeSpan.FromSeconds(5))));
        cluster.Now += TimeSpan.FromSeconds(5);
        cluster.Nodes["b"].Tick(cluster.Now, Moment);
        cluster.Gather("b");
        Assert.That(cluster.Wire.Single().Message, Is.InstanceOf<CibMessage.Want>());
        cluster.Settle();
        Assert.That(cluster.Nodes["b"].IsSynchronised, Is.True);
    }

    [Test]
    public void Keeps_nothing_that_the_other_comes_after()
    {
        var cluster = new Cluster();
        var old = cluster.Add("b", 4, 3, "b").Replica.StoredDigest;
        cluster.Add("a", 6, 3, "a", old);
        cluster.Members(9, "a", "a", "b");
        cluster.Settle();
        Assert.That((cluster.Ids("b"), cluster.Lost.Count, cluster.Version("b")), Is.EqualTo(("a", 0, "0.6.0")));
    }

    [Test]
    public void Remembers_what_a_dc_says_before_it_knows_that_it_is_dc()
    {
        var cluster = new Cluster("a", "b");
        cluster.Tell("b", 1, "b", "a", "b");
        cluster.Ask("b", 1, "x");
        cluster.Nodes["a"].Received("b", new CibMessage.Stored(1, 0), cluster.Now, Moment);
        cluster.Tell("a", 1, "b", "a", "b");
        cluster.Deliver(w => w.To == "b");
        cluster.Deliver();
        Assert.That(cluster.Ids("a"), Is.EqualTo("x"));
        // The other way round: a node of the new cluster hears the DC's document first.
        cluster.Add("c", 0, 0, "");
        var replica = cluster.Nodes["b"].Replica;
        cluster.Nodes["c"].Received("b", new CibMessage.Base(1, replica.Number, replica.Standing, Digests.OfDocument(replica.Document), replica.Document, []), cluster.Now, Moment);
        Assert.That(cluster.Ids("c"), Is.Empty);
        cluster.Tell("c", 1, "b", "a", "b", "c");
        Assert.That(cluster.Ids("c"), Is.EqualTo("x"));
    }

    [Test]
    public void Listens_to_no_dc_of_the_past()
    {
        var cluster = Settled("a", "b");
        cluster.Ask("a", 1, "x");
        cluster.Tell("b", 2, "b", "b");
        cluster.Deliver(w => w.To == "b");
        Assert.That(cluster.Ids("b"), Is.Empty);
    }

    [Test]
    public void Raises_only_the_number_of_updates_where_only_the_status_differs()
    {
        var cluster = new Cluster();
        cluster.Add("a", 4, 3, "n");
        cluster.Add("b", 4, 2, "n").Replica.Document.Set("num_updates", "7").Element("status")!.Add("node_state").Set("id", "old");
        cluster.Members(9, "a", "a", "b");
        cluster.Settle();
        Assert.That((cluster.Version("a"), cluster.Version("b"), cluster.Lost.Count), Is.EqualTo(("0.4.8", "0.4.8", 0)));
        Assert.That(cluster.Nodes["b"].Replica.Document.Element("status")!.Children, Is.Empty);
    }
}
