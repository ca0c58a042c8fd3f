using System.Globalization;
using System.Text;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Crm.Store;
using Appliance.Messaging;

namespace Appliance.Crm.Tests.Store;

/// <summary>A disk: what is on it survives, what it was given and has not done is lost.</summary>
internal sealed class SimulatedDisk
{
    public CibElement? Document { get; set; }
    public StoredStanding Standing { get; set; } = StoredStanding.None;
    public long HeardTerm { get; set; }
    public List<string> Known { get; } = [];
    public List<CibElement> Lost { get; } = [];
    public Queue<CibEffect> Queue { get; } = new();
}

internal sealed class SimulatedNode(string name)
{
    public string Name => name;
    public SimulatedDisk Disk { get; } = new();

    public CibAssembly Assembly { get; set; } = new();

    /// <summary>Null while the machine is off.</summary>
    public CibService? Service { get; set; }
    public CibVersion LastVersion { get; set; }
    public HashSet<long> Waiting { get; } = [];

    /// <summary>What membership tells it next, in order.</summary>
    public Queue<(long Term, string? Dc, string[] Members)> Views { get; } = new();
    public bool IsQuorate { get; set; }

    /// <summary>It decides, by the last view that waits or was told.</summary>
    public bool Decides { get; set; }

    /// <summary>The last term in which it decided and might act.</summary>
    public long ActedIn { get; set; } = -1;

    /// <summary>The highest term that it knows; after a boot that of its disk.</summary>
    public long Heard { get; set; }
}

/// <summary>Rules the simulation can break, to show that it would be seen.</summary>
public enum StoreFault
{
    None,

    /// <summary>A disk says that it has what it was just given.</summary>
    DiskSaysSoTooEarly,

    /// <summary>A node does not know after a boot what its document is worth and what it comes after.</summary>
    PastIsForgotten,

    /// <summary>What a part changes that may not act counts as much as what the cluster does.</summary>
    AloneCountsToo,

    /// <summary>What gives way at a join is thrown away.</summary>
    LostIsNotKept,

    /// <summary>Patches get lost, and nobody numbers them.</summary>
    PatchGetsLost,

    /// <summary>A DC answers for itself alone.</summary>
    OthersDisksDoNotCount,

    /// <summary>A node does not store in which term it follows.</summary>
    FollowedTermsAreForgotten,

    /// <summary>A DC keeps its term when a member comes that has followed a later one, or when it may act and might not before.</summary>
    TermsStay,
}

/// <summary>Several nodes' stores, their disks and the messages between them, driven by a seed: every order of events that messaging and disks allow can happen.</summary>
/// <param name="majority">Only more than half of the nodes ever are a cluster; else every group of nodes that hear each other is one, and takes changes.</param>
internal sealed class StoreWorld(int seed, int count, bool majority)
{
    private readonly Random _random = new(seed);
    private readonly List<SimulatedNode> _nodes = [.. Enumerable.Range(1, count).Select(i => new SimulatedNode($"n{i}"))];
    private readonly Dictionary<(string From, string To), Queue<Message>> _wires = [];
    private readonly Dictionary<long, int> _asked = [];
    private readonly StringBuilder _story = new();

    /// <summary>Whether a DC that answers another node's client might act then: it counts, and the client's node may not know yet.</summary>
    private readonly Dictionary<long, bool> _mightAct = [];
    private int[] _group = new int[count];
    private long _client;
    private int _change;
    private long _now;
    private long _currentTerm;
    private string? _currentDc;

    private static readonly CibMoment Moment = new(CibTime.FromEpoch(1_800_000_000), "Fri Jan 15 08:00:00 2027");

    /// <summary>Changes of the configuration that a client was told are made.</summary>
    public SortedSet<int> Acknowledged { get; } = [];

    /// <summary>By a part that may not act for the cluster: kept at least aside.</summary>
    public SortedSet<int> AcknowledgedAlone { get; } = [];

    public string Story => _story.ToString();
    public int Answered { get; private set; }
    public int NotKnown { get; private set; }

    /// <summary>A rule that is broken on purpose.</summary>
    public StoreFault Fault { get; init; }

    public string? Problem { get; private set; }

    public void Run(int steps)
    {
        foreach (var node in _nodes) Boot(node);
        Regroup();
        for (var i = 0; i < steps && Problem is null; i++) Step();
        Repair();
        if (Problem is null) Check("after the repair");
        // Power goes everywhere at once: what the disks have counts.
        if (Problem is not null) return;
        foreach (var node in _nodes) Crash(node);
        foreach (var node in _nodes) Boot(node);
        Repair();
        if (Problem is null) Check("after all lost power");
    }

    private void Step()
    {
        _now += TimeSpan.TicksPerMillisecond;
        switch (_random.Next(100))
        {
            case < 55:
                for (var i = _random.Next(count); i >= 0; i--) Deliver();
                break;
            case < 75:
                for (var i = _random.Next(count); i >= 0; i--) Disk();
                break;
            case < 90: TellView(); break;
            case < 96: Ask(); break;
            case 96 or 97: CrashOrBoot(); break;
            case 98 when _random.Next(2) == 0: Blink(); break;
            case 98: Split(); break;
            default: Regroup(); break;
        }
    }

    private void Deliver()
    {
        var busy = _wires.Where(w => w.Value.Count > 0).Select(w => w.Key).ToList();
        if (busy.Count == 0) return;
        var (from, to) = busy[_random.Next(busy.Count)];
        var piece = _wires[(from, to)].Dequeue();
        if (Node(to) is not { Service: { } service } node || node.Assembly.Take(from, piece) is not { } message) return;
        Note($"{to} hears of {from}: {message.GetType().Name} {(message as CibMessage.Patch)?.Number}{(message as CibMessage.Base)?.Number}{(message as CibMessage.Stored)?.Number} term {message.Term}");
        service.Received(from, message, new(_now), Moment);
        Flush(node);
        if (Fault == StoreFault.OthersDisksDoNotCount && message is CibMessage.Hello)
        {
            service.Received(from, new CibMessage.Stored(message.Term, long.MaxValue), new(_now), Moment);
            Flush(node);
        }
    }

    private void Disk()
    {
        var busy = _nodes.FindAll(n => n.Disk.Queue.Count > 0);
        if (busy.Count > 0) DoDisk(busy[_random.Next(busy.Count)]);
    }

    private void DoDisk(SimulatedNode node)
    {
        var disk = node.Disk;
        switch (disk.Queue.Dequeue())
        {
            case CibEffect.KeepLost lost: disk.Lost.Add(StoredCib.Of(lost.Document)); break;
            case CibEffect.WriteTerm write:
                if (Fault != StoreFault.FollowedTermsAreForgotten) disk.HeardTerm = Math.Max(disk.HeardTerm, write.Term);
                Note($"{node.Name} has stored that it follows in term {write.Term}");
                node.Service?.TermWritten(write.Term, null);
                Flush(node);
                break;
            case CibEffect.Write write:
                var stored = StoredCib.Of(write.Document);
                if (disk.Document is { } before && CibVersion.Of(stored) < CibVersion.Of(before)) Fail($"{node.Name}: the disk's version goes back from {CibVersion.Of(before)} to {CibVersion.Of(stored)}");
                disk.Standing = disk.Standing.With(write.Standing, stored, disk.Document);
                if (_random.Next(8) == 0) Note($"{node.Name} has the standing on its disk, and not yet the document");
                disk.Document = stored;
                disk.Known.Add(StoredCib.Digest(stored));
                Note($"{node.Name} has stored {CibVersion.Of(stored)} of standing {write.Standing}");
                node.Service?.Written(write.Ticket, null, new(_now));
                Flush(node);
                break;
        }
    }

    private void TellView()
    {
        var told = _nodes.FindAll(n => n.Service is not null && n.Views.Count > 0);
        if (told.Count > 0) TellView(told[_random.Next(told.Count)]);
    }

    private void TellView(SimulatedNode node)
    {
        var (term, dc, members) = node.Views.Dequeue();
        Note($"{node.Name} is told of term {term}, DC {dc ?? "none"}, members {string.Join(' ', members)}");
        node.IsQuorate = !majority || members.Length > count / 2;
        if (node.IsQuorate && dc == node.Name) node.ActedIn = term;
        node.Service!.Quorate(node.IsQuorate || Fault == StoreFault.AloneCountsToo);
        node.Service.SetMembers(term, dc, members, new(_now), Moment);
        Flush(node);
    }

    private void Ask()
    {
        var on = _nodes.FindAll(n => n.Service is not null);
        if (on.Count == 0) return;
        var node = on[_random.Next(on.Count)];
        var client = ++_client;
        node.Waiting.Add(client);
        CibRequest request;
        if (_random.Next(3) == 0) request = new(CibOperation.Modify, "status", CibElement.Parse($"<node_state id='1' n='{client}'/>", "i"), CibOptions.CanCreate);
        else
        {
            _asked[client] = ++_change;
            request = new(CibOperation.Create, "nodes", CibElement.Parse($"<node id='c{_change}'/>", "i"));
        }
        Note($"a client of {node.Name} asks for {(_asked.TryGetValue(client, out var change) ? $"c{change}" : "a status")}");
        node.Service!.Request(client, request, new Instant(_now) + TimeSpan.FromMilliseconds(_random.Next(4) == 0 ? 20 : 100_000), new(_now), Moment);
        node.Service.Tick(new(_now), Moment);
        Flush(node);
    }

    private void CrashOrBoot()
    {
        var off = _nodes.FindAll(n => n.Service is null);
        var node = off.Count > 0 && _random.Next(2) == 0 ? off[0] : _nodes[_random.Next(_nodes.Count)];
        if (node.Service is null) Boot(node);
        else
        {
            Crash(node);
            if (_random.Next(3) == 0) Boot(node);
            else if (_random.Next(2) == 0) return;      // nobody notices yet
        }
        Regroup();
    }

    private void Crash(SimulatedNode node)
    {
        Note($"{node.Name} loses power");
        // What it was about to store is stored up to some point; what it was about to say has reached some.
        for (var done = _random.Next(node.Disk.Queue.Count + 1); done > 0; done--)
        {
            var service = node.Service;
            node.Service = null;
            DoDisk(node);
            node.Service = service;
        }
        node.Disk.Queue.Clear();
        node.Service = null;
        node.Views.Clear();
        node.Waiting.Clear();
        foreach (var other in _nodes)
        {
            if (_wires.TryGetValue((node.Name, other.Name), out var out1)) Keep(out1, _random.Next(out1.Count + 1));
            if (_random.Next(2) == 0 && _wires.TryGetValue((other.Name, node.Name), out var in1)) in1.Clear();
        }
    }

    private static void Keep(Queue<Message> queue, int first)
    {
        var kept = queue.Take(first).ToArray();
        queue.Clear();
        foreach (var message in kept) queue.Enqueue(message);
    }

    private void Boot(SimulatedNode node)
    {
        if (node.Service is not null) return;
        var disk = node.Disk;
        Note($"{node.Name} boots with {(disk.Document is null ? "nothing" : CibVersion.Of(disk.Document).ToString())}");
        // A document that follows no schema spares the simulation the validation.
        var document = disk.Document is null ? CibRequests.Empty().Set("validate-with", "none") : StoredCib.Loaded(disk.Document);
        var standing = disk.Document is null || Fault == StoreFault.PastIsForgotten ? default : disk.Standing.Of(disk.Document);
        var heard = Math.Max(disk.HeardTerm, standing.Term);
        node.Service = new(node.Name, document, standing, Fault == StoreFault.PastIsForgotten ? [] : disk.Known.TakeLast(100).ToArray()) { HeardTerm = heard };
        (node.LastVersion, node.Decides, node.Heard, node.IsQuorate) = (default, false, heard, false);
        node.Assembly = new();
        // It belongs to the cluster again when it is told so; a DC that has not noticed hears its hello.
        if (_random.Next(3) == 0 && _currentDc is { } dc && dc != node.Name && _group[Index(dc)] == _group[Index(node.Name)] && Node(dc)?.Service is not null && _members.Contains(node.Name))
            node.Views.Enqueue((_currentTerm, dc, _members));
    }

    private string[] _members = [];

    /// <summary>The DC is told that a member was away, and the member never hears of it.</summary>
    private void Blink()
    {
        if (_currentDc is null || Node(_currentDc) is not { Service: { } service } dc || service.Replica.Term != _currentTerm || dc.Views.Count > 0 || majority && _members.Length - 1 <= count / 2) return;
        var away = _members[_random.Next(_members.Length)];
        if (away == dc.Name) return;
        dc.Views.Enqueue((_currentTerm, dc.Name, [.. _members.Where(m => m != away)]));
        dc.Views.Enqueue((_currentTerm, dc.Name, _members));
    }

    private void Split()
    {
        // As often as not a cut heals.
        _group = _group.Distinct().Count() > 1 && _random.Next(2) == 0 ? new int[count] : Array.ConvertAll(_group, _ => _random.Next(2));
        Note($"the network is {string.Join("", _group)}");
        foreach (var ((from, to), queue) in _wires)
            if (_group[Index(from)] != _group[Index(to)]) Keep(queue, 0);
        if (_random.Next(3) != 0) Regroup();
    }

    /// <summary>Membership decides anew, for every group of nodes that hear each other.</summary>
    /// <remarks>As the real one: of those who decide the one of the latest term goes on, with its term, and takes in who comes. With another term only for one that has followed a later one, or when it may act and might not before.</remarks>
    private void Regroup()
    {
        foreach (var group in _group.Distinct().Order())
        {
            var members = _nodes.FindAll(n => n.Service is not null && _group[Index(n.Name)] == group);
            if (members.Count == 0) continue;
            string[] names = [.. members.Select(m => m.Name)];
            var mayAct = !majority || members.Count > count / 2;
            // In every other world somebody decides where they may not act too, as a node that is cut off does.
            if (!mayAct && seed % 2 == 0)
            {
                foreach (var member in members)
                {
                    member.Decides = false;
                    member.Views.Enqueue((member.Service!.Replica.Term, null, names));
                }
                continue;
            }
            var dc = members.Where(m => m.Decides && m.Views.Count == 0).MaxBy(m => m.Service!.Replica.Term);
            long term;
            if (dc is not null && _random.Next(3) != 0)
            {
                (term, var heard) = (dc.Service!.Replica.Term, members.Max(m => m.Heard));
                if ((heard > term || mayAct && dc.ActedIn != term) && Fault != StoreFault.TermsStay) term = heard + 1;
            }
            else (dc, term) = (members[_random.Next(members.Count)], members.Max(m => m.Heard) + 1);
            // Where each side elects by itself, two sides may choose one number.
            foreach (var member in members)
            {
                (member.Decides, member.Heard) = (member == dc, Math.Max(member.Heard, term));
                member.Views.Enqueue((term, dc.Name, names));
            }
            if (mayAct) (_currentTerm, _currentDc, _members) = (term, dc.Name, names);
        }
    }

    /// <summary>Everything works again, and nothing more happens: the cluster must come to rest.</summary>
    private void Repair()
    {
        Note("all is repaired");
        _group = new int[count];
        foreach (var node in _nodes) Boot(node);
        foreach (var node in _nodes)
        {
            node.Views.Clear();
            node.Decides = false;
        }
        Regroup();
        for (var rounds = 0; Problem is null; rounds++)
        {
            if (rounds > 30_000)
            {
                Fail("it does not come to rest");
                return;
            }
            _now += TimeSpan.TicksPerMillisecond;
            var before = _wires.Values.Sum(q => q.Count) + _nodes.Sum(n => n.Disk.Queue.Count + n.Views.Count);
            if (before == 0) break;
            switch (_random.Next(3))
            {
                case 0: Deliver(); break;
                case 1: Disk(); break;
                default: TellView(); break;
            }
        }
        _now += TimeSpan.TicksPerSecond * 1000;
        foreach (var node in _nodes)
        {
            node.Service!.Tick(new(_now), Moment);
            Flush(node);
        }
    }

    private void Check(string when)
    {
        var first = _nodes[0].Service!.Replica;
        var digest = Digests.OfDocument(first.Document);
        foreach (var node in _nodes)
        {
            if (!node.Service!.IsSynchronised) Fail($"{when}: {node.Name} is not the cluster's");
            if (Digests.OfDocument(node.Service.Replica.Document) != digest) Fail($"{when}: {node.Name} has {CibVersion.Of(node.Service.Replica.Document)}, {_nodes[0].Name} {CibVersion.Of(first.Document)}");
            if (node.Disk.Document is null || StoredCib.Digest(node.Disk.Document) != first.StoredDigest) Fail($"{when}: the disk of {node.Name} has another document");
            if (node.Waiting.Count > 0) Fail($"{when}: {node.Waiting.Count} clients of {node.Name} were never answered");
        }
        foreach (var change in Acknowledged.Concat(AcknowledgedAlone))
        {
            var id = "c" + change.ToString(CultureInfo.InvariantCulture);
            if (Has(first.Document, id)) continue;
            if ((!majority || AcknowledgedAlone.Contains(change)) && _nodes.Exists(n => n.Disk.Lost.Exists(l => Has(l, id)))) continue;
            Fail($"{when}: {id} was acknowledged and is gone");
        }
    }

    private static bool Has(CibElement document, string id) => document.Descendants("node").Any(n => n.Id == id);

    private void Flush(SimulatedNode node)
    {
        while (node.Service?.Effects() is { Count: > 0 } effects)
            foreach (var each in effects)
            {
                switch (each)
                {
                    case CibEffect.Send { Message: CibMessage.Patch } when Fault == StoreFault.PatchGetsLost && _random.Next(20) == 0: break;
                    case CibEffect.Send send:
                        if (send.Message is CibMessage.Answer { Error: CibError.None } answer) _mightAct[answer.Id] = node.IsQuorate;
                        foreach (var other in _nodes)
                            if (other != node && (send.To is null || send.To == other.Name) && _group[Index(other.Name)] == _group[Index(node.Name)])
                                foreach (var message in CibWire.Write(send.Message, send.To)) Wire(node.Name, other.Name).Enqueue(message);
                        break;
                    case CibEffect.KeepLost when Fault == StoreFault.LostIsNotKept: break;
                    case CibEffect.Write or CibEffect.WriteTerm or CibEffect.KeepLost:
                        node.Disk.Queue.Enqueue(each);
                        if (Fault == StoreFault.DiskSaysSoTooEarly && each is CibEffect.Write early) node.Service.Written(early.Ticket, null, new(_now));
                        break;
                    case CibEffect.Reply reply:
                        if (!node.Waiting.Remove(reply.Client)) Fail($"{node.Name} answers client {reply.Client} twice");
                        Note($"{node.Name} answers client {reply.Client}: {reply.Error}");
                        Answered++;
                        if (reply.Error is CibError.NotKnown or CibError.TimedOut) NotKnown++;
                        if (reply.Error == CibError.None && _asked.TryGetValue(reply.Client, out var change)) ((_mightAct.TryGetValue(reply.Client, out var mightAct) ? mightAct : node.IsQuorate) ? Acknowledged : AcknowledgedAlone).Add(change);
                        break;
                    case CibEffect.Changed changed:
                        var version = CibVersion.Of(changed.Document);
                        if (version < node.LastVersion) Fail($"{node.Name} goes back from {node.LastVersion} to {version}");
                        node.LastVersion = version;
                        break;
                    case CibEffect.Log log: Note($"{node.Name}: {log.Text}"); break;
                }
            }
    }

    private Queue<Message> Wire(string from, string to)
    {
        if (!_wires.TryGetValue((from, to), out var wire)) _wires[(from, to)] = wire = new();
        return wire;
    }

    private SimulatedNode? Node(string name) => _nodes.Find(n => n.Name == name);
    private int Index(string name) => int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture) - 1;
    private void Note(string line) => _story.Append(CultureInfo.InvariantCulture, $"{_now / TimeSpan.TicksPerMillisecond}: {line}\n");

    private void Fail(string problem)
    {
        Problem ??= problem;
        Note("FAILED: " + problem);
    }
}
