using Appliance.Core;
using Appliance.Stonith.Devices;

namespace Appliance.Stonith.Tests.Ipmi;

public sealed class IpmiConversationTests
{
    private static (DeviceVerdict Verdict, VirtualBmc Bmc, TimeSpan Took, VirtualRunner Runner) Play(
        FenceAction action, Func<Func<Instant>, VirtualBmc>? make = null, DeviceMemory? memory = null, double seconds = 60, params (string Name, string Value)[] more)
    {
        VirtualRunner runner = null!;
        var bmc = (make ?? (now => new(now)))(() => runner.Now);
        runner = new VirtualRunner { Device = bmc.Hear };
        var began = runner.Now;
        var verdict = runner.Run(Sessions.Order(action, new KnownEntropy(), memory, more), TimeSpan.FromSeconds(seconds));
        return (verdict, bmc, runner.Now - began, runner);
    }

    [Test]
    public void Off_is_said_only_after_the_power_was_read_back()
    {
        var (verdict, bmc, took, runner) = Play(FenceAction.Off);
        Assert.That((verdict.Kind, verdict.State, bmc.IsOn), Is.EqualTo((VerdictKind.Proven, PowerState.Off, false)), verdict.Sentence);
        Assert.That(took, Is.LessThan(TimeSpan.FromMilliseconds(30)));
        // Open, two of RAKP, privilege, status, control, status, close.
        Assert.That(runner.Sent, Has.Count.EqualTo(8));
    }

    [Test]
    public void A_suite_that_the_BMC_does_not_know_costs_one_question_and_is_remembered()
    {
        var memory = new DeviceMemory();
        var first = Play(FenceAction.Status, now => new(now) { Suites = [3] }, memory);
        var second = Play(FenceAction.Status, now => new(now) { Suites = [3] }, memory);
        Assert.That((first.Verdict.Kind, second.Verdict.Kind), Is.EqualTo((VerdictKind.Proven, VerdictKind.Proven)));
        Assert.That(first.Runner.Sent.Count - second.Runner.Sent.Count, Is.EqualTo(1));
    }

    [Test]
    public void A_BMC_that_lies_is_found_out()
    {
        var (verdict, bmc, took, _) = Play(FenceAction.Off, now => new(now) { Lies = true });
        Assert.That((verdict.Kind, bmc.IsOn), Is.EqualTo((VerdictKind.StillOn, true)));
        Assert.That(took, Is.EqualTo(TimeSpan.FromSeconds(20)).Within(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public void A_slow_BMC_is_waited_for_and_not_told_at_every_look()
    {
        var (verdict, bmc, took, _) = Play(FenceAction.Off, now => new(now) { Slow = TimeSpan.FromSeconds(8) });
        Assert.That((verdict.Kind, bmc.IsOn), Is.EqualTo((VerdictKind.Proven, false)), verdict.Sentence);
        Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(9.5)));
        Assert.That(bmc.Orders, Has.Count.LessThanOrEqualTo(2));
    }

    [Test]
    public void A_BMC_that_takes_the_order_and_hangs_is_no_proof()
    {
        var (verdict, _, took, _) = Play(FenceAction.Off, now => new(now) { HangsAfterControl = true });
        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.TimedOut));
        Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(40)));
    }

    [Test]
    public void Every_refusal_says_what_to_do()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Play(FenceAction.Off, now => new(now) { Password = VirtualBmc.Padded("other") }).Verdict, Has.Property("Kind").EqualTo(VerdictKind.Refused).And.Property("Sentence").Contains("password"));
            Assert.That(Play(FenceAction.Off, now => new(now) { User = "other" }).Verdict, Has.Property("Kind").EqualTo(VerdictKind.Refused).And.Property("Sentence").Contains("username"));
            Assert.That(Play(FenceAction.Off, now => new(now) { HighestPrivilege = 3 }).Verdict, Has.Property("Kind").EqualTo(VerdictKind.Refused).And.Property("Sentence").Contains("privlvl=operator"));
            Assert.That(Play(FenceAction.Off, now => new(now) { Suites = [1] }).Verdict, Has.Property("Kind").EqualTo(VerdictKind.Refused).And.Property("Sentence").Contains("cipher"));
            Assert.That(Play(FenceAction.Off, now => new(now) { Silent = true }).Verdict, Has.Property("Kind").EqualTo(VerdictKind.Unreachable));
            Assert.That(Play(FenceAction.Off, now => new(now) { HighestPrivilege = 3 }, more: ("privlvl", "operator")).Verdict.IsProven);
        });
    }

    [Test]
    public void Busy_passes()
    {
        var (verdict, _, _, _) = Play(FenceAction.Off, now => new(now) { Busy = 3 });
        Assert.That(verdict.IsProven, verdict.Sentence);
    }

    [Test]
    public void A_cycle_that_nobody_saw_off_is_no_proof() =>
        Assert.That(Play(FenceAction.Reboot, more: ("method", "cycle")).Verdict.Kind, Is.EqualTo(VerdictKind.Accepted));

    [Test]
    public void A_reboot_is_done_when_off_is_proven()
    {
        var (verdict, bmc, _, _) = Play(FenceAction.Reboot);
        Assert.That((verdict.Kind, bmc.IsOn, bmc.Orders), Is.EqualTo((VerdictKind.Proven, true, new List<byte> { 0, 1 })).Using<object>((a, b) => a.ToString() == b.ToString()));
    }

    [FsCheck.NUnit.Property(MaxTest = 400)]
    public void Lost_and_repeated_packets_cost_time_and_never_the_truth(int seed, byte loss, byte twice)
    {
        var (verdict, bmc, took, _) = Play(FenceAction.Off, now => new(now, seed) { Loss = loss % 31, Twice = twice % 51, Slow = TimeSpan.FromMilliseconds(seed & 0xFFF) });
        if (verdict.IsProven) Assert.That(bmc.IsOn, Is.False, verdict.Sentence);
        Assert.That(took, Is.LessThanOrEqualTo(TimeSpan.FromSeconds(60)));
        if (loss % 31 < 15) Assert.That(verdict.IsProven, verdict.Sentence);
    }

    /// <summary>Whatever comes back, damaged or invented, is no proof, no exception and no endless wait.</summary>
    [FsCheck.NUnit.Property(MaxTest = 400)]
    public void Hostile_answers_prove_nothing(int seed)
    {
        VirtualRunner runner = null!;
        var random = new Random(seed);
        var bmc = new VirtualBmc(() => runner.Now, seed) { Lies = true };
        runner = new VirtualRunner
        {
            Device = packet => bmc.Hear(packet).Select(answer =>
            {
                var bytes = answer.Item2;
                if (random.Next(3) == 0 && bytes.Length > 4) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                if (random.Next(8) == 0) bytes = bytes[..random.Next(bytes.Length)];
                if (random.Next(8) == 0) random.NextBytes(bytes.AsSpan(4.CompareTo(bytes.Length) < 0 ? 4 : 0));
                return (answer.Item1, bytes);
            }).ToList(),
        };
        var verdict = runner.Run(Sessions.Order(FenceAction.Off, new KnownEntropy()), TimeSpan.FromMinutes(2));
        Assert.That(verdict.IsProven, Is.False, verdict.Sentence);
        Assert.That(verdict.Sentence, Does.Not.Contain("fencepw"));
    }
}
