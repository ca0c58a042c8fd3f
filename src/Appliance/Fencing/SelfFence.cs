using Appliance.Core.Diagnostics;
using Appliance.Linux;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Fencing;

/// <summary>Ends this machine as an order says.</summary>
internal interface ISelfFence
{
    /// <summary>At once. Returns only when the machine still runs: then the watchdog is what is left.</summary>
    void Obey(SbdCommand order);

    /// <summary>What is left to do after everybody has been told: may take long.</summary>
    void ObeySlowly(SbdCommand order);
}

/// <summary>By the kernel's keys, opened at the start.</summary>
internal sealed class SelfFence : ISelfFence, IDisposable
{
    /// <summary>Another file for the kernel's keys: for tests, whose machines are namespaces of one that must live on.</summary>
    private const string KeysElsewhere = "APPLIANCE_SYSRQ";

    private readonly SysRq _keys;
    private readonly bool _elsewhere;
    private bool _pressed;

    public SelfFence(string? keys)
    {
        _elsewhere = keys is not null;
        _keys = new(keys ?? SysRq.Kernel);
    }

    public static SelfFence OfMachine() => new(Environment.GetEnvironmentVariable(KeysElsewhere) is { Length: > 0 } path ? path : null);

    /// <summary>What an operator should know of it.</summary>
    public (LogPriority Priority, string Text)? Warning =>
        _elsewhere ? (LogPriority.Crit, $"{KeysElsewhere} is set: an order on the shared disks does not reset this machine (for tests)")
        : _keys.Problem is { } problem ? (LogPriority.Warn, $"{problem}: an order on the shared disks is obeyed by reboot(2), which may take long, or by the watchdog")
        : null;

    public void Obey(SbdCommand order) => _pressed = order switch
    {
        SbdCommand.Off => _keys.PowerOff(),
        SbdCommand.CrashDump => _keys.Crash(),
        _ => _keys.Reset(),
    };

    public void ObeySlowly(SbdCommand order)
    {
        if (!_pressed && !_elsewhere) SysRq.Restart(off: order == SbdCommand.Off);
    }

    public void Dispose() => _keys.Dispose();
}
