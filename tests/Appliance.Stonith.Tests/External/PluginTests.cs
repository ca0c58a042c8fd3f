using System.Collections.Immutable;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.External;

namespace Appliance.Stonith.Tests.External;

public sealed class PluginTests
{
    private const string Metadata = """<resource-agent name="external/x" shortdesc="A plugin"><parameters><parameter name="hostlist"><content type="string"/><shortdesc>Hosts</shortdesc></parameter></parameters></resource-agent>""";

    private static (DeviceVerdict Verdict, List<RunProgram> Calls) Play(FenceAction action, string plugs, Func<string, (int Code, string Output)> answer, PluginKind kind = PluginKind.Executable, string errors = "")
    {
        var plugin = new PluginAgent("external/x", kind, "/usr/lib/stonith/plugins/external/x", PluginAgent.Names("hostlist passwd\nLD_PRELOAD 9x\n"), AgentMetadata.Read(Metadata));
        var parameters = DeviceParameters.Read(plugin.Parameters, new Dictionary<string, string> { ["hostlist"] = "alpha beta", ["passwd"] = "hush" });
        Assert.That(parameters.Problems, Is.Empty);
        var calls = new List<RunProgram>();
        var runner = new VirtualRunner
        {
            Do = step =>
            {
                calls.Add((RunProgram)step);
                (calls[^1].ExitCode, calls[^1].Output) = answer(string.Join(' ', calls[^1].Arguments));
                calls[^1].Errors = errors;
            },
        };
        return (runner.Run(plugin.Converse(new(action, plugs.Length == 0 ? [] : [.. plugs.Split(',')], parameters, new(), new KnownEntropy()))), calls);
    }

    private static (int, string) Good(string call) => (0, call.EndsWith("gethosts", StringComparison.Ordinal) || call.EndsWith("-l", StringComparison.Ordinal) ? "Alpha beta:vm\n" : "");

    private static string Words(List<RunProgram> calls) => string.Join("; ", calls.Select(c => string.Join(' ', c.Arguments)));

    [TestCase(FenceAction.Off, "alpha", "gethosts; off Alpha")]
    [TestCase(FenceAction.On, "beta", "gethosts; on beta")]
    [TestCase(FenceAction.Reboot, "alpha", "gethosts; reset Alpha")]
    [TestCase(FenceAction.Reboot, "alpha,beta", "gethosts; off Alpha; off beta; on Alpha; on beta")]
    [TestCase(FenceAction.Monitor, "", "status")]
    [TestCase(FenceAction.List, "", "gethosts")]
    public void An_executable_is_called_with_verb_and_host(FenceAction action, string plugs, string calls)
    {
        var (verdict, made) = Play(action, plugs, Good);
        Assert.That((verdict.Kind, Words(made)), Is.EqualTo((VerdictKind.Proven, calls)));
    }

    [TestCase(FenceAction.Off, "-t external/x -E -l; -t external/x -E -T off Alpha")]
    [TestCase(FenceAction.Monitor, "-t external/x -E -S")]
    public void A_library_is_called_through_the_stonith_program(FenceAction action, string calls) =>
        Assert.That(Words(Play(action, "alpha", Good, PluginKind.Library).Calls), Is.EqualTo(calls));

    [TestCase(FenceAction.Off)]
    [TestCase(FenceAction.Reboot)]
    public void Success_says_that_it_rests_on_the_plugins_word(FenceAction action) => Assert.That(Play(action, "alpha", Good).Verdict.Sentence, Does.EndWith("this rests on the plugin's word"));

    [Test]
    public void A_host_that_is_not_listed_is_not_switched()
    {
        var (verdict, calls) = Play(FenceAction.Off, "gamma", Good);
        Assert.That((verdict.Kind, calls.Count), Is.EqualTo((VerdictKind.NoSuchPlug, 1)));
    }

    [TestCase("")]
    [TestCase("-T")]
    [TestCase("a b")]
    public void A_host_that_is_no_name_is_not_given_to_anything(string plug)
    {
        var (verdict, calls) = Play(FenceAction.Off, plug, Good);
        Assert.That((verdict.Kind, calls.Count(c => c.Arguments.Contains("off"))), Is.EqualTo((VerdictKind.Misconfigured, 0)));
    }

    [Test]
    public void A_failure_of_on_does_not_undo_the_off()
    {
        var (verdict, _) = Play(FenceAction.Reboot, "alpha,beta", call => call.StartsWith("on", StringComparison.Ordinal) ? (1, "") : Good(call));
        Assert.That((verdict.Kind, verdict.State), Is.EqualTo((VerdictKind.Proven, PowerState.Off)));
    }

    [TestCase(PluginKind.Executable, 1, VerdictKind.StillOn)]
    [TestCase(PluginKind.Executable, -1, VerdictKind.Garbled)]
    [TestCase(PluginKind.Library, 1, VerdictKind.Misconfigured)]
    [TestCase(PluginKind.Library, 2, VerdictKind.Refused)]
    [TestCase(PluginKind.Library, 4, VerdictKind.NoSuchPlug)]
    [TestCase(PluginKind.Library, 5, VerdictKind.StillOn)]
    [TestCase(PluginKind.Library, 6, VerdictKind.TimedOut)]
    [TestCase(PluginKind.Library, 7, VerdictKind.StillOn)]
    [TestCase(PluginKind.Library, 8, VerdictKind.Garbled)]
    public void Every_status_has_its_verdict(PluginKind kind, int code, VerdictKind verdict) =>
        Assert.That(Play(FenceAction.Off, "alpha", call => call.Contains("off", StringComparison.Ordinal) ? (code, "") : Good(call), kind).Verdict.Kind, Is.EqualTo(verdict));

    [Test]
    public void Parameters_are_in_the_environment_and_nowhere_else()
    {
        var (verdict, calls) = Play(FenceAction.Off, "alpha", call => call.StartsWith("off", StringComparison.Ordinal) ? (1, "") : Good(call), errors: "login with hush failed\n");
        Assert.That(calls[1].Environment["passwd"], Is.EqualTo("hush"));
        Assert.That(calls[1].Environment.Keys, Is.EqualTo(new[] { "LC_ALL", "PATH", "hostlist", "passwd" }));
        Assert.That((Words(calls).Contains("hush", StringComparison.Ordinal), verdict.Sentence), Is.EqualTo((false, "external/x ended with status 1: login with *** failed")));
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public void Any_list_is_read_without_an_exception(string text) => Assert.That(Play(FenceAction.List, "", _ => (0, text ?? "")).Verdict.Kind, Is.EqualTo(VerdictKind.Proven));
}
