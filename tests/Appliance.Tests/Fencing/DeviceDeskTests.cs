using System.Collections.Immutable;
using System.Diagnostics;
using Appliance.Configuration;
using Appliance.Control;
using Appliance.Control.Tests;
using Appliance.Core;
using Appliance.Stonith;
using Appliance.Stonith.Fencer;

namespace Appliance.Fencing.Tests;

/// <summary>This node's devices, of which many hang.</summary>
public sealed class The_desk_of_the_devices : IDisposable
{
    private const int Hanging = 20;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    private readonly Deeds _deeds = new();
    private readonly Inbox _inbox = new();
    private readonly DeviceDesk _desk;

    public The_desk_of_the_devices()
    {
        var lines = ImmutableArray.CreateBuilder<StonithLine>();
        for (var i = 1; i <= Hanging; i++) lines.Add(new("*", "null", Secret.Of("answer=hang pcmk_host_list=beta"), null, i));
        lines.Add(new("*", "null", Secret.Of("answer=ok pcmk_host_list=beta"), null, Hanging + 1));
        _desk = new(new HaCf { Nodes = ["alpha", "beta"], LocalNode = "alpha", Stonith = lines.ToImmutable() }, _inbox, _deeds.Log);
    }

    public void Dispose()
    {
        _desk.Dispose();
        _inbox.Dispose();
        _deeds.Dispose();
    }

    private static FencerEffect.Run Run(int id, string device, FenceAction action) => new(id, device, action, "beta", ["beta"], Long);

    private ControlInput.DeviceEnded Next()
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < 2 * Long)
            if (_inbox.TryTake(out var input)) return (ControlInput.DeviceEnded)input;
            else Thread.Sleep(5);
        throw new AssertionException("no answer");
    }

    [Test]
    public void Has_a_fencing_done_at_once_however_many_probes_hang()
    {
        for (var i = 1; i <= Hanging; i++) _desk.Start(Run(i, $"null-{i}", FenceAction.Monitor));
        var clock = Stopwatch.StartNew();
        _desk.Start(Run(100, $"null-{Hanging + 1}", FenceAction.Off));
        var ended = Next();
        Assert.That((ended.Run, ended.Verdict.Kind), Is.EqualTo((100, VerdictKind.Proven)), ended.Verdict.Sentence);
        Assert.That(clock.Elapsed, Is.LessThan(Long / 2));
    }

    [Test]
    public void Answers_for_a_device_that_is_not_there()
    {
        _desk.Start(Run(7, "gone", FenceAction.Off));
        var ended = Next();
        Assert.That((ended.Run, ended.Verdict.Kind), Is.EqualTo((7, VerdictKind.Misconfigured)));
    }
}
