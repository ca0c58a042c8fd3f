using System.Collections.Immutable;
using System.Globalization;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Messaging;

namespace Appliance.Haresources.Tests.Captured;

/// <summary>One resource manager of ours in the place of a captured 3.0.6; the other node's part is read out of the capture.</summary>
/// <remarks>Agents answer only when the script has nothing else to offer: messages that crossed a running script in the capture cross it here.</remarks>
internal sealed class CapturedNode
{
    private const string Address = "IPaddr2::10.9.0.100/24/eth0";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly string _me, _other;
    private readonly HaCf _cf;
    private readonly Queue<ResourceManagerEffect.Run> _operations = new();
    private readonly Queue<ResourceManagerEffect.Fence> _fencings = new();
    private readonly Queue<ClusterEvent> _loop = new();
    private readonly Queue<string> _said = new();
    private readonly List<string> _story = [];
    private ResourceManager? _manager;
    private Instant _now = new(TimeSpan.TicksPerHour);
    private NodeStatus _otherStatus = NodeStatus.Init;
    private bool _runs, _up;

    /// <summary>The other node's status has not been told to this life of the manager.</summary>
    private bool _unseen = true;
    private int _sequence, _generation = 1;

    public CapturedNode(string me, ImmutableSortedDictionary<string, string> given)
    {
        (_me, _other) = (me, me == "alpha" ? "beta" : "alpha");
        _cf = new HaCf
        {
            Nodes = ["alpha", "beta"],
            LocalNode = me,
            KeepAlive = TimeSpan.FromMilliseconds(200),
            DeadTime = TimeSpan.FromSeconds(2),
            AutoFailback = Enum.Parse<AutoFailback>(given.GetValueOrDefault("auto_failback", "on"), ignoreCase: true),
            Stonith = given.ContainsKey("stonith") ? [new("*", "null", Secret.Of("alpha beta"), null, 1)] : [],
            Media = given.TryGetValue("ping", out var ping) ? [new MediumSpec.Ping(ping, ping, 1)] : [],
            Clients = ping is not null ? [new("hacluster", "/usr/libexec/heartbeat/ipfail", [], false, 2)] : [],
        };
    }

    public bool Runs => _runs;
    public string Story => string.Join('\n', _story);

    /// <summary>Both are up, stable, and hold what the words say.</summary>
    public void Stands(string mine, string theirs)
    {
        _runs = _me == "alpha" ? mine is "local" or "all" : mine is "foreign" or "all";
        Boot();
        foreach (var ping in _cf.PingNodes) Tell(new ClusterEvent.NodeStatusChanged(ping, NodeStatus.Init, NodeStatus.Ping, null));
        Becomes(_other, NodeStatus.Active);
        CommunicationUp();
        if (_cf.AutoFailback != AutoFailback.Legacy)
        {
            Heard(Message.Of("starting"));
            Heard(Message.Of("resource", ("rsc_hold", theirs), ("rtype", "full"), ("isstable", "1")));
        }
        Quiet();
        _said.Clear();
        _story.Add($"-- {_me} holds {mine}, {_other} holds {theirs} --");
    }

    public void Play(CapturedScript script, bool strict = true)
    {
        var racing = new List<string>();
        foreach (var line in script.Lines)
        {
            if (line.IsMessage && line.Node == _me && line.Mark == '-') continue;
            if (line is { IsMessage: true, Mark: '~' } && line.Node == _me)
            {
                racing.Add(line.Text);
                continue;
            }
            SayAnyOrder(racing, script.Name);
            if (line is { IsMessage: false, Text: "ends" } && line.Node == _me) break;
            _story.Add(line.ToString());
            if (line.IsMessage && line.Node == _me) Says([line.Text], script.Name);
            else if (line.IsMessage)
            {
                if (line.Mark != '+') Heard(Parse(line.Text));
            }
            else Happens(line);
        }
        SayAnyOrder(racing, script.Name);
        Quiet();
        if (strict) Assert.That(_said, Is.Empty, $"{script.Name} as {_me}: it said more than 3.0.6\n{Story}");
        _said.Clear();
    }

    private void SayAnyOrder(List<string> racing, string scenario)
    {
        if (racing.Count > 0) _story.Add(string.Join(" ~ ", racing));
        while (racing.Count > 0) racing.Remove(Says(racing, scenario));
    }

    /// <summary>The next thing it says must be one of these.</summary>
    private string Says(IReadOnlyCollection<string> expected, string scenario)
    {
        for (var until = _now + Patience; _said.Count == 0;)
        {
            if (Work()) continue;
            if (_manager!.NextDeadline > until) Assert.Fail($"{scenario} as {_me}: it never said '{string.Join("' or '", expected)}'\n{Story}");
            if (_manager.NextDeadline > _now) _now = _manager.NextDeadline;
            Step(new ResourceManagerInput.Tick());
        }
        var said = _said.Dequeue();
        Assert.That(expected, Has.Member(said), $"{scenario} as {_me}\n{Story}");
        return said;
    }

    private void Happens(CapturedLine line)
    {
        var words = line.Text.Split(' ');
        switch (words[0])
        {
            case "boots" when line.Node == _me: Boot(); break;
            case "boots": Becomes(line.Node, NodeStatus.Up); break;
            case "active" when line.Node == _me: CommunicationUp(); break;
            case "active": Becomes(line.Node, NodeStatus.Active); break;
            case "dead" when line.Node == _me:
                (_manager, _runs) = (null, false);
                break;
            case "silent" when line.Node == _me: break;
            case "dead" or "silent": Becomes(line.Node, NodeStatus.Dead); break;
            case "returns" when line.Node != _me:
                Tell(new ClusterEvent.NodeReturned(line.Node));
                Becomes(line.Node, NodeStatus.Active);
                break;
            case "restarts" when line.Node == _me: Boot(); break;
            case "restarts":
                Tell(new ClusterEvent.NodeRestarted(line.Node, ++_generation));
                Becomes(line.Node, NodeStatus.Up);
                break;
            case "stop" when line.Node == _me: Step(new ResourceManagerInput.ShutdownRequested()); break;
            case "standby" when line.Node == _me: Inject("ask_resources", ("rsc_hold", words[1]), ("info", "me")); break;
            case "takeover" when line.Node == _me: Inject("hb_takeover", ("rsc_hold", words[1])); break;
            case "reaches" or "misses" when line.Node == _me:
                Tell(new ClusterEvent.NodeStatusChanged(words[1], words[0] == "reaches" ? NodeStatus.Dead : NodeStatus.Ping, words[0] == "reaches" ? NodeStatus.Ping : NodeStatus.Dead, null));
                break;
            case "loses" when line.Node == _me: Tell(new ClusterEvent.LinkChanged(_other, words[1], Up: false)); break;
            case "waits": Wait(TimeSpan.FromSeconds(double.Parse(words[1], CultureInfo.InvariantCulture))); break;
            case "runs" when line.Node == _me:
                Quiet();
                Assert.That(_runs, Is.True, $"the address must be on {_me}\n{Story}");
                break;
            case "idle" when line.Node == _me:
                Quiet();
                Assert.That(_runs, Is.False, $"the address must not be on {_me}\n{Story}");
                break;
        }
    }

    private void Boot()
    {
        _operations.Clear();
        _fencings.Clear();
        _loop.Clear();
        (_up, _unseen) = (false, true);
        _manager = new(new(_cf, [new("alpha", [new(Address, "IPaddr2", ["10.9.0.100/24/eth0"])], 1)], null, _now, DateTimeOffset.UnixEpoch));
        Step(new ResourceManagerInput.Tick());
        while (Work()) { }
    }

    private void CommunicationUp()
    {
        if (_up) return;
        _up = true;
        if (_unseen) Becomes(_other, _otherStatus);
        Tell(new ClusterEvent.CommunicationUp());
    }

    private void Becomes(string node, NodeStatus status)
    {
        var before = _unseen ? NodeStatus.Init : _otherStatus;
        _otherStatus = status;
        if (_manager is null) return;
        _unseen = false;
        Tell(new ClusterEvent.NodeStatusChanged(node, before, status, status == NodeStatus.Dead ? null : Message.Of("status", ("st", status.ToString().ToLowerInvariant()), ("src", node))));
    }

    private void Inject(string type, params ReadOnlySpan<(string, string?)> fields) => Step(new ResourceManagerInput.Inject(Message.Of(type, fields)));

    private void Heard(Message message)
    {
        if (_manager is null || _otherStatus == NodeStatus.Dead || message["dest"] is { } to && to != _me) return;
        Tell(new ClusterEvent.Received(_other, message.With("src", _other).With("seq", $"{++_sequence:x}").With("hg", $"{_generation:x}"), FromSelf: false));
    }

    private void Tell(ClusterEvent happened) => Step(new ResourceManagerInput.Cluster(happened));

    private static Message Parse(string text)
    {
        var words = text.Split(' ');
        return Message.Of(words[0], [.. words.Skip(1).Select(w => (w[..w.IndexOf('=')], (string?)w[(w.IndexOf('=') + 1)..]))]);
    }

    /// <summary>All agents and devices answer; time stands still.</summary>
    private void Quiet()
    {
        while (Work()) { }
    }

    private void Wait(TimeSpan span)
    {
        for (var end = _now + span; ; Step(new ResourceManagerInput.Tick()))
        {
            while (Work()) { }
            if (_manager is null || _manager.NextDeadline > end)
            {
                _now = end;
                return;
            }
            if (_manager.NextDeadline > _now) _now = _manager.NextDeadline;
        }
    }

    private bool Work()
    {
        if (_operations.TryDequeue(out var run))
        {
            var outcome = run.Action == ResourceAction.Status && !_runs ? OperationOutcome.NotRunning : OperationOutcome.Ok;
            if (run.Action != ResourceAction.Status) _runs = run.Action == ResourceAction.Start;
            Step(new ResourceManagerInput.OperationEnded(run.OperationId, new(outcome, 0, "")));
            return true;
        }
        if (!_fencings.TryDequeue(out var fence)) return false;
        Step(new ResourceManagerInput.FencingEnded(fence.FencingId, FencingResult.Confirmed, ""));
        return true;
    }

    private void Step(ResourceManagerInput input)
    {
        if (_manager is null) return;
        StepOnce(input);
        while (_loop.TryDequeue(out var own)) StepOnce(new ResourceManagerInput.Cluster(own));
    }

    private void StepOnce(ResourceManagerInput input)
    {
        var effects = new List<ResourceManagerEffect>();
        _manager!.Step(input, _now, effects);
        foreach (var effect in effects)
            switch (effect)
            {
                case ResourceManagerEffect.Command { Do: ClusterCommand.Send send }:
                    var text = string.Join(' ', send.Message.Fields.Select((f, i) => i == 0 ? f.Text : $"{f.Name}={f.Text}"));
                    _said.Enqueue(text);
                    _story.Add("                         said " + text);
                    _loop.Enqueue(new ClusterEvent.Received(_me, send.Message.With("src", _me).With("seq", $"{++_sequence:x}").With("hg", "1"), FromSelf: true));
                    break;
                case ResourceManagerEffect.Run run: _operations.Enqueue(run); break;
                case ResourceManagerEffect.Fence fence: _fencings.Enqueue(fence); break;
                case ResourceManagerEffect.Log log: _story.Add("                         log  " + log.Text); break;
            }
    }
}
