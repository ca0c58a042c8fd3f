using Appliance.Core;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Outlets;
using Appliance.Stonith.Devices.Snmp;

namespace Appliance.Stonith.Tests.Outlets;

/// <summary>Ways to a wrong outlet, a false off, or no verdict at all.</summary>
public sealed class OutletSafetyTests
{
    private static readonly PduDevice Strip = new();
    private static readonly SwitchPortDevice Switch = new();

    public static IEnumerable<OutletProfile> Profiles => Strip.Profiles.All.Concat(Switch.Profiles.All);
    public static IEnumerable<OutletProfile> Labelled => Profiles.Where(p => p.SwitchOff is not null && !p.Names.IsEmpty);
    public static IEnumerable<OutletProfile> Ports => Switch.Profiles.All;
    public static IEnumerable<OutletProfile> Units => Strip.Profiles.All.Where(p => p.SwitchOff is not null && p.Status.Letters.Contains('u'));
    public static IEnumerable<OutletProfile> Single => Strip.Profiles.All.Where(p => p.SwitchOff is not null && !p.Status.Letters.Contains('u'));

    private sealed class Game
    {
        public required OutletProfile Profile { get; init; }
        public OutletDevice Device => Strip.Profiles.All.Contains(Profile) ? Strip : Switch;
        public Func<Func<Instant>, VirtualAgent>? Agent { get; init; }
        public DeviceMemory Memory { get; init; } = new();
        public Dictionary<string, string> More { get; init; } = [];
        public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(1);

        public (DeviceVerdict Verdict, VirtualAgent Agent) Play(FenceAction action, params string[] plugs)
        {
            var given = new Dictionary<string, string>(More) { ["ip"] = "strip", ["community"] = "private" };
            given.TryAdd("profile", Profile.Name);
            if (given["profile"].Length == 0) given.Remove("profile");
            var parameters = DeviceParameters.Read(Device.Parameters, given);
            var problems = parameters.Problems.Concat(Device.Check(parameters)).ToList();
            VirtualRunner runner = null!;
            var agent = Agent is null ? new(Profile, () => runner.Now) : Agent(() => runner.Now);
            runner = new() { Device = agent.Hear };
            return (problems.Count > 0 ? new(VerdictKind.Misconfigured, string.Join('\n', problems))
                : runner.Run(Device.Converse(new(action, [.. plugs], parameters, Memory, new KnownEntropy())), Limit), agent);
        }
    }

    private static string Plug(OutletProfile profile, uint number) => profile.Plug.Write(new VirtualAgent(profile, () => default).IndexOf(number));

    [TestCaseSource(nameof(Labelled))]
    public void A_label_names_its_outlet(OutletProfile profile)
    {
        var (verdict, agent) = new Game { Profile = profile }.Play(FenceAction.Off, " machine3 ");
        Assert.That((verdict.Kind, agent[2].IsOn, agent[3].IsOn, agent[4].IsOn), Is.EqualTo((VerdictKind.Proven, true, false, true)), verdict.Sentence);
    }

    [TestCaseSource(nameof(Ports))]
    public void A_port_that_is_set_down_and_still_works_is_not_off(OutletProfile profile)
    {
        var (verdict, _) = new Game { Profile = profile, Agent = now => new(profile, now) { StillWorks = new SnmpValue.Integer(1) } }.Play(FenceAction.Off, Plug(profile, 2));
        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.StillOn), verdict.Sentence);
    }

    [TestCaseSource(nameof(Ports))]
    public void A_port_that_does_not_say_whether_it_works_is_not_off(OutletProfile profile)
    {
        var (verdict, _) = new Game { Profile = profile, Agent = now => new(profile, now) { StillWorks = new SnmpValue.Missing(1) } }.Play(FenceAction.Off, Plug(profile, 2));
        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Garbled), verdict.Sentence);
    }

    [TestCaseSource(nameof(Units))]
    public void A_unit_that_is_no_number_is_not_the_usual_one(OutletProfile profile)
    {
        var (verdict, agent) = new Game { Profile = profile, More = { ["switch"] = "2nd" } }.Play(FenceAction.Off, "2");
        Assert.That((verdict.Kind, agent.Orders), Is.EqualTo((VerdictKind.Misconfigured, 0)), verdict.Sentence);
    }

    [TestCaseSource(nameof(Units))]
    public void Another_unit_is_asked_for_its_own_outlet(OutletProfile profile)
    {
        var (verdict, agent) = new Game { Profile = profile, More = { ["switch"] = "7" } }.Play(FenceAction.Off, "2");
        Assert.That((verdict.Kind, agent.Orders), Is.EqualTo((VerdictKind.NoSuchPlug, 0)), verdict.Sentence);
    }

    [TestCaseSource(nameof(Single))]
    public void A_unit_where_the_device_counts_none_switches_nothing(OutletProfile profile)
    {
        var (verdict, agent) = new Game { Profile = profile, More = { ["switch"] = "2" } }.Play(FenceAction.Off, Plug(profile, 2));
        Assert.That((verdict.Kind, agent.Orders), Is.EqualTo((VerdictKind.Misconfigured, 0)), verdict.Sentence);
        Assert.That(new Game { Profile = profile, More = { ["switch"] = "1" } }.Play(FenceAction.Off, Plug(profile, 2)).Verdict.IsProven, "the usual value changes nothing");
    }

    [TestCase("avocent-pm", 4)]
    [TestCase("avocent-pm", 10)]
    [TestCase("sentry4", 15)]
    public void A_locked_outlet_is_on_and_not_switched(string name, long value)
    {
        var profile = Strip.Profiles.Named(name)!;
        var game = new Game { Profile = profile, Agent = now =>
        {
            var agent = new VirtualAgent(profile, now);
            agent[2].Strange = value;
            return agent;
        } };
        Assert.That(game.Play(FenceAction.Status, Plug(profile, 2)).Verdict.State, Is.EqualTo(PowerState.On));
        var (verdict, agent) = game.Play(FenceAction.Off, Plug(profile, 1), Plug(profile, 2));
        Assert.That((verdict.Kind, agent.Orders), Is.EqualTo((VerdictKind.NotAllowed, 0)), verdict.Sentence);
    }

    [Test]
    public void A_plug_and_a_unit_that_contradict_each_other_switch_nothing()
    {
        var profile = Strip.Profiles.Named("raritan-px2")!;
        var (verdict, agent) = new Game { Profile = profile, More = { ["switch"] = "2" } }.Play(FenceAction.Off, "1.2");
        Assert.That((verdict.Kind, agent.Orders), Is.EqualTo((VerdictKind.Misconfigured, 0)), verdict.Sentence);
        (verdict, agent) = new Game { Profile = profile, More = { ["switch"] = "2" } }.Play(FenceAction.Off, "machine2");
        Assert.That((verdict.Kind, agent.Orders), Is.EqualTo((VerdictKind.NoSuchPlug, 0)), "a name of another unit: " + verdict.Sentence);
    }

    /// <summary>The device dies after the off half: whatever that costs in time, the off stays proven.</summary>
    [TestCase("1", "20", 60)]
    [TestCase("5", "20", 60)]
    [TestCase("1", "300", 60)]
    [TestCase("1", "20", 12)]
    public void A_failed_on_never_makes_a_reboot_fail(string retries, string timeout, int limit)
    {
        var profile = Strip.Profiles.Named("apc-rpdu2")!;
        var (verdict, _) = new Game { Profile = profile, More = { ["retry_on"] = retries, ["power_timeout"] = timeout }, Limit = TimeSpan.FromSeconds(limit), Agent = now => new(profile, now) { DeadAfterOff = true } }
            .Play(FenceAction.Reboot, "1");
        Assert.That((verdict.Kind, verdict.State), Is.EqualTo((VerdictKind.Proven, PowerState.Off)), verdict.Sentence);
    }

    [Test]
    public void One_refused_supply_of_two_is_said_at_once()
    {
        var profile = Strip.Profiles.Named("apc-rpdu2")!;
        var (verdict, agent) = new Game { Profile = profile, Agent = now => new(profile, now) { LoseAnswers = 2, ReadOnly = true } }.Play(FenceAction.Off, "1", "2");
        Assert.That((verdict.Kind, agent.Orders), Is.EqualTo((VerdictKind.NotAllowed, 0)), verdict.Sentence);
    }

    [Test]
    public void A_remembered_profile_that_fits_no_more_is_forgotten()
    {
        var profile = Strip.Profiles.Named("apc-rpdu2")!;
        var memory = new DeviceMemory { ["profile"] = "baytech" };
        var game = new Game { Profile = profile, Memory = memory, More = { ["profile"] = "" } };
        Assert.That(game.Play(FenceAction.Status, "1").Verdict.IsProven);
        Assert.That(memory["profile"], Is.EqualTo("apc-rpdu2"));
    }

    /// <summary>Whatever stands in a profile of the administrator's own: a sentence, or a device that can be spoken to.</summary>
    [TestCase("status = 1.3.6.1\non = 1\noff = 2", "own:1: status has no place for the outlet")]
    [TestCase("status = 5.3.6.{o}\non = 1\noff = 2", "own:1: status must be an object identifier")]
    [TestCase("status = 1.99.6.{o}\non = 1\noff = 2", "own:1: status must be an object identifier")]
    [TestCase("status = 1.3.6.{o}\non = 1\noff = 2\nswitch-off = 1.3.7.{x} 2", "own:4: switch-off has the place {x}, which status does not have")]
    [TestCase("status = 1.3.6.{u}.{o}\non = 1\noff = 2\nswitch-off = 1.3.7.{o} 2", "own:4: switch-off has no place {u}")]
    [TestCase("status = 1.3.6.{o}\non = 1\noff = 2\nname = 1.3.7.{x}", "own:4: name has the place {x}, which status does not have")]
    [TestCase("status = 1.3.6.{o}\non = 1\noff = 2\nplug = port{x}", "own:4: plug has the place {x}, which status does not have")]
    [TestCase("status = 1.3.6.{o}\non = 1\noff = 2\nworks = 1.3.8\nworks-not = 2", "own:4: works has no place {o}")]
    [TestCase("status = 1.3.6.{o}.{o}\non = 1\noff = 2", "own:1: status has the place {o} twice")]
    [TestCase("status = 1.3.6.{o}\non = 1\noff = 2\nswitch-on = 1.3.7.{o} 1\nswitch-off = 1.3.7.{o} 1", "own:5: switch-off is the same order as switch-on")]
    [TestCase("status = 1.3.6.{o}\non = 1\noff = 2\nswitch-off = 1.3.7.{o} 9999999999", "own:4: switch-off writes 9999999999")]
    [TestCase("status = 1.3.6.{o}\non = 1 3\noff = 2\nmoving = 3", "own:2: 3 cannot mean on and moving")]
    public void A_dangerous_profile_is_refused(string text, string problem) =>
        Assert.That(OutletProfile.Parse("own", text).Problems, Has.Some.Contains(problem));

    private static readonly string[] Fields = ["vendor", "sysobjectid", "also", "name", "status", "on", "off", "moving", "locked", "switch-on", "switch-off", "works", "works-not", "unit", "plug"];
    private static readonly string[] Bits = ["1", ".", "3", "6", "{o}", "{u}", "{o+1}", "{o-1}", "{m-21}", "{", "}", "{o+2147483647}", "{o-2147483648}", " ", "4294967295", "99999999999", "-1", "=", "x", "\r", "1.3.6.1.4.1.", "5.3.", "1.77.", "fc"];

    /// <summary>Good profiles with lines lost, doubled and rewritten: a sentence with file and line, or a profile that holds a whole conversation.</summary>
    [FsCheck.NUnit.Property(MaxTest = 3000)]
    public void A_mutated_profile_is_explained_or_speaks(FsCheck.DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        string Junk() => string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Bits[random.Next(Bits.Length)]));
        var lines = Devices.Profiles.Of(random.Next(2) == 0 ? "pdu" : "san").Where(f => f.Name.EndsWith(".profile", StringComparison.Ordinal)).ToList() is var files
            ? files[random.Next(files.Count)].Text.Split('\n').ToList() : [];
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            var at = random.Next(lines.Count);
            if (random.Next(5) == 0 && lines.Count > 1) lines.RemoveAt(at);
            else if (random.Next(4) == 0) lines.Insert(at, lines[random.Next(lines.Count)]);
            else if (random.Next(2) == 0) lines[at] = $"{Fields[random.Next(Fields.Length)]} = {Junk()}";
            else if (lines[at].Length > 0) lines[at] = lines[at].Insert(random.Next(lines[at].Length), Bits[random.Next(Bits.Length)]);
        }
        var text = string.Join('\n', lines);
        var (profile, problems) = OutletProfile.Parse("own", text);
        Assert.That(profile is null, Is.EqualTo(!problems.IsEmpty), text);
        Assert.That(problems, Has.All.StartWith("own:"), text);
        if (profile is null) return;
        foreach (var plug in new[] { "1", "0", "4294967295", "1.1", "fc1/1", "machine1" })
        {
            var game = new Game { Profile = Strip.Profiles.Named("apc-rpdu2")!, More = { ["profile"] = "", ["profile_file"] = "own", ["profile_text"] = text } };
            Assert.That(() => game.Play(FenceAction.Off, plug).Verdict.Sentence, Is.Not.Empty, text);
        }
    }
}
