namespace Appliance.Fencing.Tests;

/// <summary>What blocks in the kernel, on a thread that may be given up.</summary>
public class What_is_done_patiently
{
    [Test]
    public void Fails_with_a_reason_whatever_is_thrown()
    {
        Assert.That(Patiently.Do(() => throw new IOException("the disk is gone"), TimeSpan.FromSeconds(20)), Is.EqualTo("the disk is gone"));
        Assert.That(Patiently.Do(() => throw new ArgumentOutOfRangeException("residual"), TimeSpan.FromSeconds(20)), Does.Contain("residual"), "an exception that the thread does not take ends the process");
    }

    [Test]
    public void Is_given_up_when_its_time_is_over_and_then_harms_nobody()
    {
        using var go = new ManualResetEventSlim();
        var gone = new ManualResetEventSlim();
        Assert.That(Patiently.Do(() =>
        {
            go.Wait();
            gone.Set();
            throw new InvalidOperationException("late");
        }, TimeSpan.FromMilliseconds(50)), Does.StartWith("it does not answer"));
        go.Set();
        Assert.That(gone.Wait(TimeSpan.FromSeconds(20)));
        Thread.Sleep(100);
    }
}
