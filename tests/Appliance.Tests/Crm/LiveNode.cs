using System.Collections.Concurrent;
using Appliance.Cib;
using Appliance.Commands.Crm;
using Appliance.Control;
using Appliance.Core.Diagnostics;
using Appliance.Crm;
using Appliance.Crm.Attributes;
using Appliance.Crm.Controller;
using Appliance.Crm.Membership;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Linux;
using Appliance.Messaging;
using Appliance.Operations;
using Appliance.Policy;
using Appliance.Control.Tests;
using CrmNode = Appliance.Crm.Controller.CrmNode;

namespace Appliance.Tests.Crm;

/// <summary>One node's CRM behind the socket that tools talk to: the product's core, desk and server, with the policy engine, on a thread of its own. Resources are in thought, as Dummy and Stateful have them.</summary>
internal sealed class LiveNode : IDisposable
{
    private readonly BlockingCollection<CrmInput> _inbox = [];
    private readonly SortedDictionary<string, string> _running = new(StringComparer.Ordinal);
    private readonly Deeds _deeds = new();
    private readonly Dictionary<long, Action<CrmAnswer>> _clients = [];
    private readonly CrmDesk _desk;
    private readonly CommandServer _server;
    private readonly Thread _thread;
    private readonly CrmNode _core;
    private readonly string _directory = Directory.CreateTempSubdirectory("live-").FullName;
    private readonly CrmLink _link;
    private volatile bool _ended;
    private long _client;

    public LiveNode(string cib)
    {
        CibElement.TryParse(cib, "test", out var document, out _);
        _core = new(new(new Member("alpha", "life1", CibRequests.FeatureSet, 1), ["alpha"], document, default, [], null, false, 2), Clock.Now());
        _desk = new(Question, client => Tell(new CrmInput.Hung(client)));
        _server = new(Socket, (request, peer) => Refuse(request, peer), (request, _, answer) => Post(request, answer), _deeds.Log, hung: Hung);
        _server.Start();
        _link = new(Socket);
        _thread = new(Live) { IsBackground = true };
        _thread.Start();
        Tell(new CrmInput.Cluster(new ClusterEvent.CommunicationUp()));
    }

    public string Socket => _directory + "/sock";

    /// <summary>Whom the desk takes the client for.</summary>
    public CrmUser User { get; set; } = CrmUser.Cluster;

    public Func<ControlRequest, PeerCredentials, string?> Refuse { get; set; } = (_, _) => null;

    /// <summary>What the core said with <see cref="CrmEffect.Log"/>.</summary>
    public ConcurrentQueue<string> Lines { get; } = [];

    /// <summary>Questions without an answer.</summary>
    public int Waiting
    {
        get
        {
            lock (_desk) return _desk.Waiting;
        }
    }

    /// <summary>Where built-in agents of this node leave its attributes.</summary>
    public ClusterAttributes Attributes => new(Post);

    public CrmReply? Ask(CrmRequest request) => _link.Ask(request);

    public CrmWorld World(TextWriter output, TextWriter errors, TextReader input, Dictionary<string, string> variables) =>
        new(output, errors, input, name => variables.GetValueOrDefault(name), () => DateTimeOffset.UtcNow.ToUnixTimeSeconds()) { Ask = Ask };

    /// <summary>Waits until nothing is under way, with everything started.</summary>
    public void Settle()
    {
        for (var quiet = 0; quiet < 3;)
        {
            var state = Ask(new("state"))?.State;
            quiet = state is { IsSettled: true } ? quiet + 1 : 0;
            Thread.Sleep(20);
            if (DateTime.UtcNow > _until) throw new TimeoutException($"{state}\n{string.Join('\n', Lines)}");
        }
    }

    private readonly DateTime _until = DateTime.UtcNow.AddSeconds(60);

    public void Dispose()
    {
        _link.Dispose();
        _server.Dispose();
        _ended = true;
        Tell(new CrmInput.Tick());
        _thread.Join();
        _inbox.Dispose();
        _deeds.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void Tell(CrmInput input) => _inbox.Add(input);

    // The lock stands for the control thread.
    private bool Post(ControlRequest request, Action<ControlAnswer> answer)
    {
        lock (_desk) _desk.Ask(request, User, answer);
        return true;
    }

    private void Hung(Action<ControlAnswer> answer)
    {
        lock (_desk) _desk.Hung(answer);
    }

    private long Question(CrmQuestion question, Action<CrmAnswer> answer)
    {
        _clients[++_client] = answer;
        Tell(new CrmInput.Asked(_client, question));
        return _client;
    }

    private void Answered(CrmEffect.Answer answer)
    {
        lock (_desk)
            if (_clients.Remove(answer.Client, out var client)) client(answer.With);
    }

    private void Live()
    {
        var effects = new List<CrmEffect>();
        while (!_ended)
        {
            var wait = _core.NextDeadline - Clock.Now();
            if (!_inbox.TryTake(out var input, wait < TimeSpan.Zero ? TimeSpan.Zero : wait > TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : wait)) input = new CrmInput.Tick();
            effects.Clear();
            _core.Step(input, Clock.Now(), DateTimeOffset.Now, effects);
            foreach (var effect in effects) Carry(effect);
        }
    }

    private void Carry(CrmEffect effect)
    {
        switch (effect)
        {
            case CrmEffect.Log line: Lines.Enqueue(line.Text); break;
            case CrmEffect.Answer answer: Answered(answer); break;
            case CrmEffect.CallAgent call: Tell(new CrmInput.AgentEnded(call.CallId, new(Act(call.Order), OperationStatus.Done))); break;
            case CrmEffect.Describe describe: Tell(new CrmInput.Described(describe.Agent, null)); break;
            case CrmEffect.WriteTerm write: Tell(new CrmInput.TermWritten(write.Term, null)); break;
            case CrmEffect.WriteCib write: Tell(new CrmInput.CibWritten(write.Ticket, null)); break;
            case CrmEffect.RunPolicy run:
                var made = PolicyRun.Schedule(run.Document, run.Now.ToUnixTimeSeconds(), PosixPattern.Of, run.Question, secretsBlotted: false);
                Tell(new CrmInput.PolicyEnded(new(run.Question, made.Graph, PolicyVerdict.Fine, made.Model.RecheckBy, [])));
                break;
        }
    }

    private int Act(OperationOrder order)
    {
        var id = order.Resource;
        switch (order.Action)
        {
            case "start":
                _running[id] = "Started";
                Score(order, "5");
                break;
            case "stop":
                _running.Remove(id);
                Score(order, null);
                break;
            case "promote":
                _running[id] = "Promoted";
                Score(order, "10");
                break;
            case "demote":
                _running[id] = "Started";
                Score(order, "5");
                break;
            case "monitor": return _running.GetValueOrDefault(id) switch { null => 7, "Promoted" => 8, _ => 0 };
        }
        return 0;
    }

    private void Score(OperationOrder order, string? score)
    {
        if (order.Agent.Type == "Stateful") Tell(new CrmInput.Asked(0, new CrmQuestion.SetAttributes([new("master-" + order.Resource, "", score)])));
    }
}
