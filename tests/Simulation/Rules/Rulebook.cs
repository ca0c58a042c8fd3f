using Appliance.Core;
using Appliance.Haresources;
using Appliance.Messaging;
using Appliance.Simulation.Crm;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Network;

namespace Appliance.Simulation.Rules;

/// <summary>What must always hold, each in a file of its own, fed by everything that happens in a world.</summary>
internal sealed class Rulebook
{
    private readonly World _world;
    private readonly Silence _silence;
    private readonly OneOwner _oneOwner;
    private readonly FencedFirst _fencedFirst;
    private readonly StoredIsStored _stored;
    private readonly OnceAndForAll _delivery;
    private readonly BadInputChangesNothing _badInput;
    private readonly ProvenIsOff _proven;
    private readonly OneDecides _decides;
    private readonly EnginesApart _apart;
    private readonly LeftIsDown _left;
    private readonly FencedOnce _fencedOnce;
    private readonly NoOrphan _orphans;
    private readonly MajorityFences _majority;
    private readonly LostCarriers _carriers;
    private readonly GivesUp _givesUp;

    public Rulebook(World world)
    {
        _world = world;
        _silence = new Silence(world);
        _orphans = new NoOrphan(world);
        _givesUp = new GivesUp(world, _silence);
        _oneOwner = new OneOwner(world, _silence, _orphans, _givesUp);
        _fencedFirst = new FencedFirst(world, _silence, _oneOwner, _orphans);
        _stored = new StoredIsStored(world);
        Restarts = new BoundedRestarts(world);
        _delivery = new OnceAndForAll(world);
        _badInput = new BadInputChangesNothing(world);
        _proven = new ProvenIsOff(world);
        Survival = new OneSurvives(world);
        Cib = new StoredCibs(world);
        Acknowledged = new ToldIsStored(world, Cib);
        _decides = new OneDecides(world, _silence);
        _apart = new EnginesApart(world, _orphans);
        _left = new LeftIsDown(world, _silence);
        _fencedOnce = new FencedOnce(world, _silence);
        _majority = new MajorityFences(world, _silence);
        _carriers = new LostCarriers(world, _silence);
    }

    public StoredCibs Cib { get; }

    public ToldIsStored Acknowledged { get; }

    public BoundedRestarts Restarts { get; }

    public OneOwner Ownership => _oneOwner;

    public OnceAndForAll Delivery => _delivery;

    public Silence Silence => _silence;

    public OneSurvives Survival { get; }

    public AcknowledgedFile Held => _stored.Held;

    public AcknowledgedFile History => _stored.History;

    /// <summary>After every event.</summary>
    public void Check()
    {
        _oneOwner.Check();
        if (_world.Plan.Crm is null) return;
        _decides.Check();
        _givesUp.Check();
    }

    public void ServiceChanged(Machine machine, string resource, bool active)
    {
        _orphans.Changed(machine, resource, active);
        _givesUp.Changed(machine);
        _oneOwner.Changed(machine, resource, active);
    }

    /// <summary>A CRM has a plan made.</summary>
    public void Plans(Machine machine, Cib.CibElement document) => _orphans.Plans(machine, document);

    public void PulseStarted(Machine machine, long generation)
    {
        _stored.GenerationUsed(machine, generation);
        _silence.Started(machine);
        _orphans.Started(machine);
        _fencedFirst.Started(machine);
        _apart.Started(machine);
        _left.Started(machine);
        _fencedOnce.Started(machine);
        _givesUp.Started(machine);
        _delivery.Started(machine);
    }

    public void PulseEnded(Machine machine) => _delivery.Ended(machine);

    public void PowerCut(Machine machine)
    {
        _delivery.Ended(machine);
        _stored.PowerCut(machine);
        _givesUp.PowerCut(machine);
    }

    public void Hears(Machine machine, PulseProcess pulse, Packet packet)
    {
        if (packet.From == machine.Index || !pulse.Keys.Keys.Any(k => Same(k, packet.SignedWith))) return;
        _silence.Heard(machine, packet);
        _badInput.Heard(machine, packet);
    }

    private static bool Same(Configuration.AuthKey a, Configuration.AuthKey b) => a.Index == b.Index && a.Method == b.Method && a.Secret.SameAs(b.Secret);

    public void ReceivesBad(Machine machine, PulseProcess pulse, Packet packet, Action hand) => _badInput.Receives(machine, pulse, packet, hand);

    public void Told(Machine machine, PulseProcess pulse, ClusterEvent happened)
    {
        switch (happened)
        {
            case ClusterEvent.NodeStatusChanged change when change.Before != change.Now:
                _silence.StatusChanged(machine, pulse, change);
                _fencedFirst.StatusChanged(machine, change);
                _apart.StatusChanged(machine, change);
                break;
            case ClusterEvent.Received received:
                _delivery.Delivered(machine, received);
                break;
        }

        if (_world.Trace.InWords && happened is not ClusterEvent.Received) _world.Trace.Say(0x40, machine.Name, $"pulse tells {happened}");
    }

    public void OperationBegins(Machine machine, ControlProcess control, ResourceManagerEffect.Run run)
    {
        if (run.Action != Core.Resources.ResourceAction.Start) return;
        if (!control.Probed.Contains(run.Resource.Text))
            throw new RuleBroken("probe before start", _world.Now, $"{machine.Name} starts {run.Resource.Text}, which it has not asked for its status since its control process started");
        _apart.Starting(machine, run.Resource.Text);
        _fencedFirst.Starting(machine, run.GroupKey);
        Restarts.Starts(machine, run.Resource.Text);
    }

    /// <summary>A CRM calls an agent.</summary>
    public void OperationBegins(Machine machine, CrmControl control, Operations.OperationOrder order)
    {
        if (order.Action is not ("start" or "promote") || order.Agent.Standard == "stonith") return;
        if (!control.Probed.Contains(order.Resource))
            throw new RuleBroken("probe before start", _world.Now, $"{machine.Name} starts {order.Resource}, which it has not asked for its status since its control process started");
        _apart.Starting(machine, order.Resource);
        if (control.Node!.Dc is { } decides) _carriers.Starting(machine, _world[decides], order.Resource);
        var resource = order.Action == "promote" ? CrmPlan.Promoted(order.Resource) : order.Resource;
        if (_world.Plan.Crm!.Owned.Contains(resource) && control.Node!.Dc is { } dc) _fencedFirst.Starting(machine, _world[dc], resource);
    }

    /// <summary>A machine reads the modem status of its serial line.</summary>
    public void Shown(Machine machine, PulseProcess pulse, bool? shown) => _carriers.Shown(machine, pulse, shown);

    /// <summary>A CRM says that its part of the cluster has no quorum.</summary>
    public void QuorumLost(Machine machine)
    {
        _carriers.QuorumLost(machine);
        _world.Count.QuorumLost++;
    }

    /// <summary>A CRM says that nothing runs on its node any more.</summary>
    public void Left(Machine machine, CrmControl control)
    {
        _left.Left(machine, control);
        _orphans.Left(machine);
    }

    /// <summary>A conversation that was to cut a machine's power ended so.</summary>
    public void DeviceSays(Machine machine, ControlProcess by, Machine target, Stonith.DeviceVerdict verdict, Core.Instant began)
    {
        if (!verdict.IsProven || !_givesUp.Proves(machine, by, target, began)) _proven.Says(target, verdict, began);
        if (!verdict.IsProven) return;
        _fencedFirst.FencedOff(target);
        _fencedOnce.Proven(machine, by, target, began);
    }

    /// <summary>A CRM begins.</summary>
    public void CrmBegins(Machine machine)
    {
        _fencedOnce.Begins(machine);
        _givesUp.Begins(machine);
    }

    /// <summary>A CRM follows somebody.</summary>
    public void Joined(Machine machine)
    {
        _fencedOnce.Joined(machine);
        _givesUp.Joined(machine);
    }

    /// <summary>A CRM has a node fenced.</summary>
    public void Fences(Machine machine, ControlProcess control, Machine target)
    {
        _left.Ordered(machine, control, target);
        _fencedOnce.Ordered(machine, control, target);
        _majority.Ordered(machine, target);
    }

    /// <summary>A CRM is told of a fencing, whoever ordered it.</summary>
    public void FencingRecorded(ControlProcess control, Stonith.Fencer.FencingRecord record)
    {
        if (record is { State: Stonith.Fencer.FencingState.Done, Action: not Stonith.FenceAction.On } && _world.Machines.FirstOrDefault(m => m.Name == record.Target) is { } target) _fencedOnce.Told(control, target);
    }

    /// <summary>A person makes sure that a machine is off, and will say so everywhere.</summary>
    public void VouchedFor(Machine target) => _fencedFirst.FencedOff(target);

    /// <summary>A person's word that a machine is off is heard by a fencer; it may be wrong.</summary>
    public void Confirmed(Machine machine, ControlProcess by, Machine target)
    {
        _fencedFirst.FencedOff(target);
        _givesUp.Confirmed(machine, by, target);
    }

    /// <summary>A node gives up all that runs there, because it was proven off.</summary>
    public void GaveUp(Machine machine, ControlProcess control) => _givesUp.GaveUp(machine, control);

    /// <summary>A device takes a machine's power away, by order of another.</summary>
    public void CutBy(Machine target, Machine by) => Survival.Cut(target, by);

    /// <summary>The resource manager of a machine is told that a node was fenced.</summary>
    public void FencingTold(Machine machine, string target, IEnumerable<Stonith.Fencer.FencingRecord> history) => _stored.Told(machine, target, history);
}
