using Appliance.Cib;
using Appliance.Control;
using Appliance.Fencing;
using Appliance.Logging;

namespace Appliance.Crm;

/// <summary>Keeps the fencer's devices and levels as the CIB has them. ha.cf's lines are what the first CIB is made of, and nothing after that.</summary>
internal sealed class FencingDevices(string node, FencerHost fencer, DeviceDesk devices, PolicyDesk policy, Inbox inbox, ApplianceLog log)
{
    private readonly Dictionary<string, CibDevice> _registered = new(StringComparer.Ordinal);
    private int _asked;
    private bool _begun;

    /// <summary>Devices or levels may be others. They are in use a moment later.</summary>
    public void Configured(CibElement document)
    {
        var number = ++_asked;
        policy.Look(() =>
        {
            var read = CibFencing.Of(document, node, DateTimeOffset.Now);
            inbox.Post(new ControlInput.Found(() =>
            {
                if (number == _asked) Use(read);
            }));
        });
    }

    private void Use(CibFencing read)
    {
        foreach (var problem in read.Problems) log.Error(problem);
        if (!_begun)
            foreach (var device in devices.Devices) devices.Deregister(device.Id);
        _begun = true;
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var device in read.Devices) wanted.Add(device.Id);
        foreach (var id in _registered.Keys.ToArray())
            if (!wanted.Contains(id))
            {
                _registered.Remove(id);
                devices.Deregister(id);
                log.Info($"fencing device {id} is not used by this node any more");
            }
        devices.SetLevels(read.Levels);
        fencer.Reconfigure();
        foreach (var device in read.Devices)
        {
            if (_registered.TryGetValue(device.Id, out var known) && known.Says(device)) continue;
            _registered[device.Id] = device;
            devices.Learn(device.Agent, () => Register(device));
        }
    }

    private void Register(CibDevice device)
    {
        if (!_registered.TryGetValue(device.Id, out var wanted) || !wanted.Says(device)) return;      // it has changed since
        if (devices.Register(device.Id, device.Agent, device.Parameters) is { } problem)
        {
            devices.Deregister(device.Id);      // of that name there may be one as it was before
            log.Error($"fencing device {device.Id} ({device.Agent}) cannot be used: {problem}");
        }
        fencer.Reconfigure();
    }
}
