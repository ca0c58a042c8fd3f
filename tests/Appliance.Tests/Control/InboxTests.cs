using Appliance.Core.Resources;

namespace Appliance.Control.Tests;

/// <summary>The way into the control thread, and what becomes of results that come when control has ended.</summary>
public class The_inbox
{
    private static readonly ControlInput Some = new ControlInput.Leave();
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    [Test]
    public void Drops_what_is_posted_after_its_end_and_harms_nobody()
    {
        var inbox = new Inbox();
        inbox.Dispose();
        inbox.Post(new ControlInput.OperationEnded(1, new(OperationOutcome.Ok, 0, "")));     // a worker that ends last: an exception of its thread would end the process in the middle of its own end
        Assert.That(inbox.TryPost(Some), Is.False);
    }

    [Test]
    public void Lets_those_go_that_wait_for_room_when_it_ends()
    {
        var inbox = new Inbox();
        for (var i = 0; i < Inbox.Room; i++) Assert.That(inbox.TryPost(Some));
        Assert.That(inbox.TryPost(Some), Is.False);
        var waiting = new Thread(() => inbox.Post(Some)) { IsBackground = true };
        waiting.Start();
        Assert.That(waiting.Join(TimeSpan.FromMilliseconds(100)), Is.False, "a result waits for room");
        inbox.Dispose();
        Assert.That(waiting.Join(Long), "and not for ever");
    }
}
