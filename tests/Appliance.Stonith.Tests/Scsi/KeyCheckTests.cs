using Appliance.Stonith.Devices.Scsi;

namespace Appliance.Stonith.Tests.Scsi;

/// <summary>What a watchdog asks of a machine: was it cut off?</summary>
public sealed class KeyCheckTests
{
    private static DeviceVerdict Check(Disks disks, string me, params string[] devices) =>
        disks.Play(me, new KeyCheck([.. devices.Select(d => new KeyCheck.Noted(d, disks[1].Registered.GetValueOrDefault(me, 0x99UL)))]));

    private static DeviceVerdict Check(Disks disks, string me, ulong key) => disks.Play(me, new KeyCheck([.. disks.Names.Select(d => new KeyCheck.Noted(d, key))]));

    [Test]
    public void A_machine_that_registered_nowhere_was_not_cut_off()
    {
        var verdict = new Disks().Play("alpha", new KeyCheck([]));
        Assert.That((verdict.Kind, verdict.State), Is.EqualTo((VerdictKind.Proven, PowerState.On)));
    }

    [Test]
    public void A_fenced_machine_finds_its_key_gone()
    {
        var disks = Disks.Joined(2);
        var beta = disks[1].Registered["beta"];
        Assert.That(Check(disks, "beta", beta).State, Is.EqualTo(PowerState.On));
        disks.Order(FenceAction.Off, "alpha", "beta");
        var verdict = Check(disks, "beta", beta);
        Assert.That((verdict.Kind, verdict.State), Is.EqualTo((VerdictKind.Proven, PowerState.Off)));
        Assert.That(verdict.Sentence, Is.EqualTo("our key is gone from /dev/d1, /dev/d2: this machine was cut off"));
        Assert.That(Check(disks, "alpha", disks[1].Registered["alpha"]).State, Is.EqualTo(PowerState.On), "the other one is not");
    }

    [Test]
    public void One_disk_is_enough_whatever_the_others_say([Values] bool theOtherIsRead)
    {
        var disks = Disks.Joined(2);
        var beta = disks[1].Registered["beta"];
        disks[2].Registered.Remove("beta");
        if (!theOtherIsRead) disks[1].LosesAnswer = _ => true;
        Assert.That(Check(disks, "beta", beta).State, Is.EqualTo(PowerState.Off));
    }

    [Test]
    public void A_disk_that_cannot_be_read_says_nothing()
    {
        var disks = Disks.Joined(2);
        disks[2].LosesAnswer = _ => true;
        var verdict = Check(disks, "beta", disks[1].Registered["beta"]);
        Assert.That((verdict.Kind, verdict.State), Is.EqualTo((VerdictKind.Unreachable, (PowerState?)null)));
        Assert.That(Check(disks, "beta", "/dev/gone").Kind, Is.EqualTo(VerdictKind.Unreachable));
        disks[2].LosesAnswer = _ => false;
        disks[2].Damages = data => data[..4];
        Assert.That(Check(disks, "beta", disks[1].Registered["beta"]).Kind, Is.EqualTo(VerdictKind.Garbled));
    }

    /// <summary>The victim of a preemption is told so with its next command.</summary>
    [Test]
    public void It_gets_past_unit_attentions()
    {
        var disks = Disks.Joined();
        var beta = disks[1].Registered["beta"];
        disks[1].Attend("beta", VirtualDisk.Reset);
        Assert.That(Check(disks, "beta", beta).State, Is.EqualTo(PowerState.On));
        disks.Order(FenceAction.Off, "alpha", "beta");
        Assert.That(disks[1].Attentions["beta"], Has.Count.EqualTo(1));
        Assert.That(Check(disks, "beta", beta).State, Is.EqualTo(PowerState.Off));
    }
}
