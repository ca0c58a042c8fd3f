using Appliance.Core.Diagnostics;
using Appliance.Haresources;
using Appliance.Logging;
using Appliance.Messaging;

namespace Appliance.Control;

/// <summary>Turns the resource manager's effects into deeds, one after the other, in the order given.</summary>
/// <remarks>What must be remembered is stored before any later effect begins: a crash of the daemon between two effects finds what was begun.</remarks>
internal sealed class EffectExecutor(
    IPulse pulse, IOperations operations, IHooks hooks, IClients clients, IFencer fencer, IHeldStore held, ApplianceLog log, IMonitorStore? monitor = null, IQuestions? questions = null)
{
    /// <summary>This node must not go on; pulse has been told to let the watchdog run out.</summary>
    public bool SelfFenced { get; private set; }

    /// <summary>Pulse has been told to stop for good: its end is no accident.</summary>
    public bool Stopped { get; private set; }

    public void Execute(IReadOnlyList<ResourceManagerEffect> effects)
    {
        foreach (var effect in effects) Execute(effect);
    }

    private void Execute(ResourceManagerEffect effect)
    {
        switch (effect)
        {
            case ResourceManagerEffect.Command command:
                pulse.Send(command.Do);
                Stopped |= command.Do is ClusterCommand.Stop { RestartInPlace: false };
                break;
            case ResourceManagerEffect.Run { Within: { } within } run when questions is not null:
                questions.Ask(run.OperationId, run.GroupKey, run.Resource, within);
                break;
            case ResourceManagerEffect.Run run:
                operations.Start(run.OperationId, run.GroupKey, run.Resource, run.Action, run.TakenFrom);
                break;
            case ResourceManagerEffect.Cancel cancel:
                questions?.Cancel(cancel.OperationId);
                break;
            case ResourceManagerEffect.Announce announce:
                operations.Announce(announce.GroupKey, announce.Resources);
                break;
            case ResourceManagerEffect.Hook hook:
                hooks.Run(hook.Type, hook.Message);
                break;
            case ResourceManagerEffect.Fence fence:
                fencer.Start(fence.FencingId, fence.Node, fence.Why);
                break;
            case ResourceManagerEffect.Clients wanted:
                clients.Want(wanted.Wanted);
                break;
            case ResourceManagerEffect.SelfFence self:
                FenceSelf(self.Why);
                break;
            case ResourceManagerEffect.Remember remember:
                Store(remember.Held);
                break;
            case ResourceManagerEffect.RememberMonitor remember:
                Store(remember.Memory);
                break;
            case ResourceManagerEffect.Log line:
                log.Write(line.Priority, line.Text);
                break;
        }
    }

    /// <summary>The node must not go on.</summary>
    public void FenceSelf(string why)
    {
        if (SelfFenced) return;
        SelfFenced = true;
        log.Write(LogPriority.Emerg, $"this node must not go on: {why}. The watchdog, if there is one, resets the machine now");
        pulse.Send(new ClusterCommand.SelfFence(why));
    }

    private void Store(MonitorMemory memory)
    {
        try
        {
            monitor?.Store(memory);
        }
        catch (IOException e)
        {
            // A failure that is forgotten is one restart more than allowed, and only if the daemon is restarted as well.
            log.Error($"what the monitor remembers could not be stored: {e.Message}");
        }
    }

    private void Store(HeldGroups groups)
    {
        try
        {
            held.Store(groups);
        }
        catch (IOException e)
        {
            // A full disk must not keep the service from moving. What is lost is how long groups have been held; a new start asks every group anyway.
            log.Error($"what this node holds could not be stored: {e.Message}");
        }
    }
}
