namespace Appliance.Messaging.Tests.Sequencing;

/// <summary>What a node answers to NS_rexmit.</summary>
public class A_message_asked_for_again
{
    private static Solo Up(params string[] keys)
    {
        var solo = new Solo(Pair.Keys(keys.Length == 0 ? ["1 sha1 TestKey"] : keys)).Start();
        solo.Hear(solo.Status(1, "up"));
        solo.Hear(solo.Packet("t=repnodes dest=alpha nodelist=alpha_beta_ delnodelist=_", 2));
        for (var i = 3; i < 100; i++)
        {
            solo.Run(0.2);
            solo.Hear(solo.Status(i));
        }
        solo.Sent.Clear();
        return solo;
    }

    private static void Ask(Solo solo, long first, long last) => solo.Hear(solo.Packet($"t=NS_rexmit dest=alpha firstseq={first} lastseq={last}", 0));

    private static long[] Resent(Solo solo) => [.. solo.Out("status").Where(m => m.Fields.Any(f => f.Name == "seq")).Select(m => Convert.ToInt64(m["seq"], 16))];

    [Test]
    public void Goes_out_as_it_was_and_not_twice_within_the_delay()
    {
        var solo = Up();
        Ask(solo, 20, 20);
        Ask(solo, 20, 20);
        Assert.That(Resent(solo), Is.EqualTo(new[] { 20 }));
        Assert.That(solo.Sent[0].Message["ts"], Is.LessThan($"{solo.Wall:x}"), "the stored message keeps its time and its signature");
        solo.Run(0.25);
        solo.Sent.Clear();
        Ask(solo, 20, 20);
        Assert.That(Resent(solo), Is.EqualTo(new[] { 20 }));
    }

    [Test]
    public void Comes_in_runs_of_at_most_fifty()
    {
        var solo = Up();
        Ask(solo, 11, 90);
        Assert.That(Resent(solo).Length, Is.LessThanOrEqualTo(50));
        Assert.That(Resent(solo).Length, Is.GreaterThan(45));
    }

    [TestCase(0, 0)]
    [TestCase(5, 4)]
    [TestCase(-3, 3)]
    [TestCase(1, 99999)]
    public void That_was_never_sent_is_not_answered(long first, long last)
    {
        var solo = Up();
        Ask(solo, first, last);
        Assert.That(solo.Sent, Is.Empty);
    }

    [Test]
    public void That_was_acknowledged_is_not_answered()
    {
        var solo = Up();
        solo.Hear(solo.Packet("t=NS_ackmsg dest=alpha ackseq=1e", 0));
        Ask(solo, 30, 30);
        Assert.That(Resent(solo), Is.Empty);
        Ask(solo, 31, 31);
        Assert.That(Resent(solo), Is.EqualTo(new[] { 31 }));
    }

    [Test]
    public void Acknowledged_beyond_what_was_sent_is_an_error_and_nothing_else()
    {
        var solo = Up();
        solo.Hear(solo.Packet("t=NS_ackmsg dest=alpha ackseq=ffff", 0));
        Assert.That(solo.Log, Has.Some.Contains("acknowledges message 65535"));
        Ask(solo, 31, 31);
        Assert.That(Resent(solo), Is.EqualTo(new[] { 31 }));
    }

    [Test]
    public void After_a_change_of_keys_goes_out_in_classic_form_to_a_3_0_6()
    {
        var solo = Up("1 sha1 Old", "2 md5 New");
        Ask(solo, 40, 40);
        Assert.That(solo.Sent[^1].Classic, Is.False);
        solo.Hear(solo.Packet("t=status st=active dt=7d0 protocol=1", 100, keys: Pair.Keys("2 md5 New", "1 sha1 Old")));
        Ask(solo, 41, 41);
        Assert.That(solo.Sent[^1].Classic, Is.True, "it signs with key 2 now and would check a netstring of key 1 wrongly");
    }
}
