using System.Text;
using Appliance.Linux;
using Appliance.Pulse.Media;

namespace Appliance.Pulse.Tests;

public class The_queue_of_a_slow_line
{
    [Test]
    public void Keeps_the_newest_and_drops_the_oldest()
    {
        var queue = new LineQueue();
        var lost = 0;
        for (var i = 0; i < 20; i++) lost += queue.Add(Encoding.ASCII.GetBytes($"m{i:00}"));
        Assert.That(lost, Is.EqualTo(12));
        Assert.That(Drain(queue), Is.EqualTo("m12 m13 m14 m15 m16 m17 m18 m19"));
    }

    [Test]
    public void Never_cuts_a_message_that_has_begun()
    {
        var queue = new LineQueue();
        queue.Add("m00"u8);
        queue.Sent(1);
        for (var i = 1; i < 20; i++) queue.Add(Encoding.ASCII.GetBytes($"m{i:00}"));
        Assert.That(Drain(queue), Is.EqualTo("00 m13 m14 m15 m16 m17 m18 m19"));
    }

    [Test]
    public void Refuses_what_would_hold_the_line_for_seconds()
    {
        var queue = new LineQueue();
        Assert.That(queue.Add(new byte[8193]), Is.EqualTo(1));
        Assert.That(queue.IsEmpty);
    }

    private static string Drain(LineQueue queue)
    {
        var all = new List<string>();
        while (!queue.IsEmpty)
        {
            all.Add(Encoding.ASCII.GetString(queue.Next));
            queue.Sent(queue.Next.Length);
        }
        return string.Join(' ', all);
    }
}

public class The_queue_to_control
{
    [Test]
    public void Keeps_order_across_a_full_socket()
    {
        var (ours, theirs) = SeqPacketSocket.Pair(4096);
        using (ours)
        using (theirs)
        {
            var queue = new EventQueue(1 << 20);
            for (var i = 0; i < 500; i++) Assert.That(queue.Add(BitConverter.GetBytes(i), isLog: false));
            var buffer = new byte[16];
            var expected = 0;
            while (expected < 500)
            {
                Assert.That(queue.Flush(ours), Is.Zero);
                while (theirs.Receive(buffer) == 4) Assert.That(BitConverter.ToInt32(buffer), Is.EqualTo(expected++));
            }
            Assert.That(queue.IsEmpty);
        }
    }

    [Test]
    public void Counts_log_lines_that_do_not_fit_and_leaves_room_for_events()
    {
        var queue = new EventQueue(1000);
        for (var i = 0; i < 20; i++) queue.Add(new byte[45], isLog: true);
        Assert.That(queue.TakeLostLines(), Is.EqualTo(10));
        Assert.That(queue.TakeLostLines(), Is.Zero);
        Assert.That(queue.Add(new byte[45], isLog: false));
    }

    [Test]
    public void Forgets_events_and_keeps_log_lines_when_control_ends()
    {
        var (ours, theirs) = SeqPacketSocket.Pair(65536);
        using (ours)
        using (theirs)
        {
            var queue = new EventQueue(1000);
            queue.Add("event"u8, isLog: false);
            queue.Add("line one"u8, isLog: true);
            queue.Add("event"u8, isLog: false);
            queue.Add("line two"u8, isLog: true);
            queue.KeepOnlyLog();
            queue.Flush(ours);
            var buffer = new byte[64];
            Assert.That(Encoding.ASCII.GetString(buffer, 0, theirs.Receive(buffer)), Is.EqualTo("line one"));
            Assert.That(Encoding.ASCII.GetString(buffer, 0, theirs.Receive(buffer)), Is.EqualTo("line two"));
            Assert.That(theirs.Receive(buffer), Is.EqualTo(-Errno.EAGAIN));
        }
    }
}
