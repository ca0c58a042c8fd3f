using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Outlets;
using Appliance.Stonith.Devices.Snmp;

namespace Appliance.Stonith.Tests.Outlets;

public sealed class OutletTests
{
    private static readonly PduDevice Strip = new();
    private static readonly SwitchPortDevice Switch = new();

    public static IEnumerable<OutletProfile> Profiles => Strip.Profiles.All.Concat(Switch.Profiles.All);
    public static IEnumerable<OutletProfile> Switched => Profiles.Where(p => p.SwitchOff is not null);

    private static OutletDevice DeviceOf(OutletProfile profile) => Strip.Profiles.All.Contains(profile) ? Strip : Switch;

    private static (DeviceVerdict Verdict, VirtualAgent Agent, TimeSpan Took) Play(OutletProfile profile, FenceAction action, string plugs, Func<Func<Instant>, VirtualAgent>? make = null,
        DeviceMemory? memory = null, params (string Name, string Value)[] more)
    {
        var given = new Dictionary<string, string> { ["ip"] = "strip", ["community"] = "private", ["profile"] = profile.Name };
        foreach (var (name, value) in more) given[name] = value;
        if (given["profile"].Length == 0) given.Remove("profile");
        var device = DeviceOf(profile);
        var parameters = DeviceParameters.Read(device.Parameters, given);
        Assert.That(parameters.Problems.Concat(device.Check(parameters)), Is.Empty);
        VirtualRunner runner = null!;
        var agent = (make ?? (now => new(profile, now)))(() => runner.Now);
        runner = new VirtualRunner { Device = agent.Hear };
        var began = runner.Now;
        var verdict = runner.Run(device.Converse(new(action, [.. plugs.Split(',', StringSplitOptions.RemoveEmptyEntries)], parameters, memory ?? new(), new KnownEntropy())));
        return (verdict, agent, runner.Now - began);
    }

    /// <summary>How the profile's users write an outlet.</summary>
    private static string Plug(OutletProfile profile, uint number) => profile.Plug.Write(new VirtualAgent(profile, () => default).IndexOf(number));

    [Test]
    public void Every_profile_is_there() => Assert.That(Profiles.Count(), Is.EqualTo(31));

    [TestCaseSource(nameof(Switched))]
    public void An_outlet_goes_off_and_on_and_only_that_one(OutletProfile profile)
    {
        var (verdict, agent, _) = Play(profile, FenceAction.Off, Plug(profile, 2));
        Assert.That((verdict.Kind, verdict.State), Is.EqualTo((VerdictKind.Proven, PowerState.Off)), verdict.Sentence);
        Assert.That(new[] { agent[1].IsOn, agent[2].IsOn, agent[3].IsOn }, Is.EqualTo(new[] { true, false, true }));
        if (!DeviceOf(profile).Actions.Contains(FenceAction.Reboot)) return;
        var (again, rebooted, _) = Play(profile, FenceAction.Reboot, Plug(profile, 3));
        Assert.That((again.Kind, rebooted[3].IsOn, rebooted.Orders), Is.EqualTo((VerdictKind.Proven, true, 2)), again.Sentence);
    }

    [TestCaseSource(nameof(Profiles))]
    public void An_outlet_that_is_not_there_is_never_off(OutletProfile profile)
    {
        foreach (var action in new[] { FenceAction.Off, FenceAction.Status, FenceAction.Reboot })
            Assert.That(Play(profile, action, Plug(profile, 99)).Verdict.Kind, Is.EqualTo(VerdictKind.NoSuchPlug).Or.EqualTo(VerdictKind.Unsupported), action.ToString());
        Assert.That(Play(profile, FenceAction.Off, "no such name").Verdict.Kind, Is.EqualTo(VerdictKind.NoSuchPlug));
    }

    [TestCaseSource(nameof(Profiles))]
    public void A_state_that_the_profile_does_not_know_is_an_error(OutletProfile profile)
    {
        var verdict = Play(profile, FenceAction.Off, Plug(profile, 1), now =>
        {
            var agent = new VirtualAgent(profile, now);
            agent[1].Strange = 77;
            return agent;
        }).Verdict;
        Assert.That((verdict.Kind, verdict.Sentence), Is.EqualTo((VerdictKind.Garbled, verdict.Sentence)));
        Assert.That(verdict.Sentence, Does.Contain("77"));
    }

    [TestCaseSource(nameof(Switched))]
    public void Every_fault_has_its_own_verdict(OutletProfile profile)
    {
        var plug = Plug(profile, 1);
        Assert.Multiple(() =>
        {
            var slow = Play(profile, FenceAction.Off, plug, now => new(profile, now) { Slow = TimeSpan.FromSeconds(3) });
            Assert.That((slow.Verdict.Kind, slow.Agent[1].IsOn), Is.EqualTo((VerdictKind.Proven, false)), "slow: " + slow.Verdict.Sentence);
            Assert.That(slow.Took, Is.LessThan(TimeSpan.FromSeconds(4.2)), "slow");
            Assert.That(Play(profile, FenceAction.Off, plug, now => new(profile, now) { Stuck = true }).Verdict.Kind, Is.EqualTo(VerdictKind.StillOn), "stuck");
            Assert.That(Play(profile, FenceAction.Off, plug, now => new(profile, now) { ReadOnly = true }).Verdict.Kind, Is.EqualTo(VerdictKind.NotAllowed), "read only");
            Assert.That(Play(profile, FenceAction.Off, plug, now => new(profile, now) { Silent = true }).Verdict.Kind, Is.EqualTo(VerdictKind.Unreachable), "silent");
            var lost = Play(profile, FenceAction.Off, plug, now => new(profile, now) { LoseAnswers = 1 });
            Assert.That((lost.Verdict.Kind, lost.Agent.Orders), Is.EqualTo((VerdictKind.Proven, 1)), "a lost answer is followed by a look, not by another order");
        });
    }

    [Test]
    public void Both_supplies_of_a_machine_are_off_before_one_is_on()
    {
        var profile = Strip.Profiles.Named("apc-rpdu2")!;
        var (verdict, agent, _) = Play(profile, FenceAction.Off, "1,machine3");
        Assert.That((verdict.IsProven, agent[1].IsOn, agent[2].IsOn, agent[3].IsOn), Is.EqualTo((true, false, true, false)), verdict.Sentence);
        Assert.That(Play(profile, FenceAction.Off, "1,9").Agent.Orders, Is.Zero, "nothing is switched when one is not there");
    }

    [Test]
    public void Two_outlets_with_one_name_are_an_error()
    {
        var profile = Strip.Profiles.Named("apc-rpdu2")!;
        var verdict = Play(profile, FenceAction.Off, "machine1", now =>
        {
            var agent = new VirtualAgent(profile, now);
            agent[2].Label = " machine1 ";
            return agent;
        }).Verdict;
        Assert.That((verdict.Kind, verdict.Sentence), Is.EqualTo((VerdictKind.NoSuchPlug, "2 outlets are named \"machine1\": give one of them another name, or use its number")));
    }

    private static IEnumerable<OutletProfile> ProfilesWithAnIdentity => Profiles.Where(p => p.SysObjectId is not null);

    [TestCaseSource(nameof(ProfilesWithAnIdentity))]
    public void A_device_that_says_what_it_is_needs_no_profile(OutletProfile profile)
    {
        var memory = new DeviceMemory();
        var verdict = Play(profile, FenceAction.Status, Plug(profile, 1), memory: memory, more: ("profile", "")).Verdict;
        Assert.That((verdict.Kind, verdict.State, memory["profile"]), Is.EqualTo((VerdictKind.Proven, PowerState.On, profile.Name)), verdict.Sentence);
    }

    [Test]
    public void An_unknown_device_is_named_and_not_guessed_at()
    {
        var profile = Strip.Profiles.Named("apc-rpdu2")!;
        var verdict = Play(profile, FenceAction.Off, "1", now => new(profile, now) { System = Oid.Parse("1.3.6.1.4.1.424242.7") }, more: ("profile", "")).Verdict;
        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Misconfigured));
        Assert.That(verdict.Sentence, Does.Contain("1.3.6.1.4.1.424242.7"));
    }

    [Test]
    public void A_list_names_the_outlets_and_their_states()
    {
        var profile = Strip.Profiles.Named("apc-rpdu2")!;
        var outlets = Play(profile, FenceAction.List, "").Verdict.Outlets;
        Assert.That(outlets, Is.EqualTo(new[] { new Outlet("1", "machine1", PowerState.On), new("2", "machine2", PowerState.On), new("3", "machine3", PowerState.On), new("4", "machine4", PowerState.On) }));
    }

    [TestCase("fc1/5", 22u, 4u)]
    [TestCase("fc3/1", 24u, 0u)]
    public void A_port_of_a_director_is_named_as_its_maker_does(string plug, uint module, uint port)
    {
        var index = Switch.Profiles.Named("cisco-mds")!.Plug.Read(plug)!;
        Assert.That((index.Numbers['m'], index.Numbers['p']), Is.EqualTo((module, port)));
    }

    [TestCase("", "status is missing")]
    [TestCase("status = 1.3.6.{o}\non = 1\noff = x", "own:3: off must be whole numbers")]
    [TestCase("status = 1.3.6.{o}\non = 1\noff = 1", "own:3: 1 cannot mean off and something else")]
    [TestCase("status = nonsense\non = 1\noff = 2", "own:1: status must be an object identifier")]
    [TestCase("stauts = 1.3.6.{o}", "own:1: there is no field stauts")]
    [TestCase("status = 1.3.6.{o}\non = 1\noff = 2\non = 3", "own:4: on was given before, in line 2")]
    public void A_wrong_profile_is_explained_with_file_and_line(string text, string problem) =>
        Assert.That(OutletProfile.Parse("own", text).Problems, Has.Some.Contains(problem));

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public void Any_text_is_read_as_a_profile_or_explained(string? text)
    {
        var (profile, problems) = OutletProfile.Parse("own", text ?? "");
        Assert.That(profile is null, Is.EqualTo(!problems.IsEmpty));
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void Hostile_answers_prove_nothing(int seed)
    {
        var profile = Strip.Profiles.Named("apc-rpdu")!;
        VirtualRunner runner = null!;
        var random = new Random(seed);
        var agent = new VirtualAgent(profile, () => runner.Now) { Stuck = true };
        runner = new VirtualRunner
        {
            Device = packet => agent.Hear(packet).Select(answer =>
            {
                var bytes = answer.Item2;
                // Damage anywhere but in the value itself, which nothing protects in these versions.
                if (random.Next(3) > 0) bytes[random.Next(bytes.Length - 3)] ^= (byte)(1 << random.Next(8));
                if (random.Next(6) == 0) bytes = bytes[..random.Next(bytes.Length)];
                return (answer.Item1, bytes);
            }).ToList(),
        };
        var parameters = DeviceParameters.Read(Strip.Parameters, new Dictionary<string, string> { ["ip"] = "strip", ["community"] = "private", ["profile"] = "apc-rpdu" });
        var verdict = runner.Run(Strip.Converse(new(FenceAction.Off, ["1"], parameters, new(), new KnownEntropy())), TimeSpan.FromMinutes(2));
        Assert.That(verdict.IsProven, Is.False, verdict.Sentence);
    }
}
