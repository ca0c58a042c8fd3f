using System.Globalization;
using Appliance.Core;
using Appliance.Messaging.Sequencing;

namespace Appliance.Messaging.Tests.Sequencing;

public class A_sequence_of_numbers
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(100), Again = TimeSpan.FromMilliseconds(250);

    /// <summary>A accept, M accept one that was missing, D duplicate, L too many lost.</summary>
    [TestCase("1 2 3", "A A A", 0)]
    [TestCase("70 71", "A A", 0, TestName = "the first may be any number: we joined later")]
    [TestCase("1 1 2 2 1", "A D A D D", 0)]
    [TestCase("1 3 2", "A A M", 0, TestName = "3.0.6 processes in the order of arrival")]
    [TestCase("1 4 2 2 3", "A A M D M", 0)]
    [TestCase("5 3 4", "A D D", 0, TestName = "what came before we joined is not new")]
    [TestCase("1 501", "A A", 499, TestName = "499 may be missing")]
    [TestCase("1 502 300 503", "A L D A", 0, TestName = "500 may not: none is asked for")]
    [TestCase("1 300 600 450", "A A L D", 0)]
    public void Is_judged(string numbers, string verdicts, int missing)
    {
        var (tracker, got) = (new SequenceTracker(), new List<string>());
        foreach (var number in numbers.Split(' '))
        {
            var verdict = tracker.Take(long.Parse(number, CultureInfo.InvariantCulture), new(0), Delay, Again, out var gap);
            got.Add(gap < 0 ? "L" : verdict switch { SequenceVerdict.Accept => "A", SequenceVerdict.AcceptMissing => "M", _ => "D" });
        }
        Assert.That(string.Join(' ', got), Is.EqualTo(verdicts));
        Assert.That(tracker.MissingCount, Is.EqualTo(missing));
    }

    [Test]
    public void Begins_anew_after_a_restart()
    {
        var tracker = new SequenceTracker();
        tracker.Take(10, new(0), Delay, Again, out _);
        tracker.Take(20, new(0), Delay, Again, out _);
        tracker.Reset();
        Assert.That(tracker.Take(1, new(0), Delay, Again, out _), Is.EqualTo(SequenceVerdict.Accept));
        Assert.That(tracker.NextAsk, Is.EqualTo(Instant.Never));
    }

    [Test]
    public void Asks_for_what_is_missing_until_it_comes_or_is_given_up()
    {
        var tracker = new SequenceTracker();
        foreach (var number in new[] { 1, 4 }) tracker.Take(number, new(0), Delay, Again, out _);
        Assert.That(tracker.NextAsk, Is.EqualTo(new Instant(0) + Delay));
        Assert.That(tracker.DueAsk(new Instant(0) + Delay, Again, 1, out _), Is.EqualTo(2));
        Assert.That(tracker.DueAsk(new Instant(0) + Delay, Again, 1, out _), Is.EqualTo(3));
        Assert.That(tracker.DueAsk(new Instant(0) + Delay, Again, 1, out _), Is.Zero);
        Assert.That(tracker.NextAsk, Is.EqualTo(new Instant(0) + Delay + Again));
        Assert.That(tracker.CompleteTo, Is.EqualTo(1));
        tracker.Take(2, new(0), Delay, Again, out _);
        Assert.That(tracker.CompleteTo, Is.EqualTo(2));
        Assert.That((tracker.GiveUp(3), tracker.GiveUp(3)), Is.EqualTo((true, false)));
        Assert.That((tracker.CompleteTo, tracker.Lost, tracker.NextAsk), Is.EqualTo((4L, 1L, Instant.Never)));
    }

    [Test]
    public void Joins_neighbours_in_one_request_where_the_sender_understands_it()
    {
        var tracker = new SequenceTracker();
        foreach (var number in new[] { 1, 5, 7 }) tracker.Take(number, new(0), Delay, Again, out _);
        var later = new Instant(0) + Delay;
        Assert.That((tracker.DueAsk(later, Again, 50, out var last), last), Is.EqualTo((2L, 4L)));
        Assert.That((tracker.DueAsk(later, Again, 50, out last), last), Is.EqualTo((6L, 6L)));
        Assert.That(tracker.DueAsk(later, Again, 50, out _), Is.Zero);
    }

    [Test]
    public void Does_not_ask_for_hundreds_at_one_instant()
    {
        var tracker = new SequenceTracker();
        foreach (var number in new[] { 1, 300 }) tracker.Take(number, new(0), Delay, Again, out _);
        var atOnce = 0;
        while (tracker.DueAsk(new Instant(0) + Delay, Again, 1, out _) > 0) atOnce++;
        Assert.That(atOnce, Is.EqualTo(16));
    }

    [FsCheck.NUnit.Property]
    public void Accepts_every_number_once(int[] order)
    {
        var (tracker, accepted) = (new SequenceTracker(), new List<long>());
        foreach (var number in order.Select(n => 1 + (long)((uint)n % 60)).Prepend(1))
            if (tracker.Take(number, new(0), Delay, Again, out _) != SequenceVerdict.Duplicate) accepted.Add(number);
        Assert.That(accepted, Is.Unique);
        Assert.That(accepted.Order(), Is.EqualTo(order.Select(n => 1 + (long)((uint)n % 60)).Append(1).Distinct().Order()));
    }
}
