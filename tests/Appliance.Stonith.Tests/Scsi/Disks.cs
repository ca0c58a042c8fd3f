using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Scsi;

namespace Appliance.Stonith.Tests.Scsi;

/// <summary>Shared disks of a pair, and orders to them.</summary>
internal sealed class Disks
{
    public static readonly ScsiDevice Device = new();
    private readonly SortedDictionary<string, VirtualDisk> _disks = new(StringComparer.Ordinal);

    public Disks(int count = 1)
    {
        for (var i = 1; i <= count; i++) _disks[$"/dev/d{i}"] = new();
    }

    public VirtualDisk this[int number] => _disks[$"/dev/d{number}"];
    public IEnumerable<VirtualDisk> All => _disks.Values;
    public IEnumerable<string> Names => _disks.Keys;

    /// <summary>Keys that were to be noted: <c>node device key</c>.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Why a key cannot be noted.</summary>
    public string? NotesFail { get; init; }

    /// <summary>Ways to a disk.</summary>
    public Func<string, string[]> Paths { get; init; } = _ => [];

    /// <summary>Both nodes have registered.</summary>
    public static Disks Joined(int count = 1)
    {
        var disks = new Disks(count);
        foreach (var node in new[] { "alpha", "beta" })
        {
            var end = disks.Order(FenceAction.On, node, node);
            Assert.That(end.IsProven, end.Sentence);
        }
        return disks;
    }

    /// <param name="target">Empty: no plug.</param>
    public DeviceVerdict Order(FenceAction action, string me, string target, params (string Name, string? Value)[] more) => Play(me, Conversation(action, me, target, more));

    /// <remarks>A value <c>null</c> takes away what is given otherwise.</remarks>
    public Conversation Conversation(FenceAction action, string me, string target, params (string Name, string? Value)[] more)
    {
        var given = new Dictionary<string, string> { ["devices"] = string.Join(',', _disks.Keys), ["own_name"] = me, ["nodes"] = "alpha,beta" };
        foreach (var (name, value) in more)
            if (value is null) given.Remove(name);
            else given[name] = value;
        given.Remove(ScsiKeys.Registered, out var registered);
        var parameters = DeviceParameters.Read(Device.Parameters, given);
        Assert.That(parameters.Problems.Concat(parameters.Unknown).Concat(Device.Check(parameters)), Is.Empty);
        if (registered is not null) parameters = parameters.With(ScsiKeys.Registered, registered);
        return Device.Converse(new(action, target.Length == 0 ? [] : [target], parameters, new(), new KnownEntropy()));
    }

    public DeviceVerdict Play(string me, Conversation conversation)
    {
        foreach (var step in conversation.Steps()) Do(me, step);
        return conversation.Verdict!;
    }

    public void Do(string me, Step step)
    {
        switch (step)
        {
            case ScsiCommand command:
                // A multipath device takes one of its ways.
                if (_disks.TryGetValue(command.Device, out var disk)) disk.Do(Paths(command.Device) is [var first, ..] ? me + first[command.Device.Length..] : me, command);
                else if (_disks.Keys.FirstOrDefault(k => command.Device.StartsWith(k + "-", StringComparison.Ordinal)) is { } path) _disks[path].Do($"{me}{command.Device[path.Length..]}", command);
                else command.Failure = "No such file or directory";
                break;
            case FindPaths find: find.Paths = [.. Paths(find.Device)]; break;
            case NoteKey note when NotesFail is { } failure: note.Failure = failure; break;
            case NoteKey note: Notes.Add($"{me} {note.Device} {note.Key:x}"); break;
            case Pause: break;
            default: throw new InvalidOperationException($"no {step.GetType().Name} was expected");
        }
    }
}
