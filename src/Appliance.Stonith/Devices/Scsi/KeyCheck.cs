using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Scsi;

/// <summary>Are the keys that this machine registered still there? What a watchdog asks of a machine that may have been cut off.</summary>
/// <remarks>Off: a disk was read and does not list the key. That counts before a disk that cannot be read: one that was taken away is enough to know.</remarks>
public sealed class KeyCheck(ImmutableArray<KeyCheck.Noted> noted) : Conversation
{
    /// <summary>A key that was registered with a disk since this machine started.</summary>
    public sealed record Noted(string Device, ulong Key);

    private static readonly TimeSpan WriteTime = TimeSpan.FromSeconds(5);     // nothing is written

    public override IEnumerable<Step> Steps()
    {
        if (noted.IsEmpty)
        {
            Verdict = DeviceVerdict.Is(PowerState.On, "this machine has registered with no disk since its start");
            yield break;
        }
        var (disk, there, gone) = (new DiskTalk(WriteTime), new List<string>(), new List<string>());
        DeviceVerdict? unread = null;
        foreach (var each in noted)
        {
            Doing = $"reading the keys of {each.Device}";
            foreach (var step in disk.Send(each.Device, Reservations.KeysCommand, default, Reservations.Room)) yield return step;
            if (disk.Trouble is { } trouble) unread ??= trouble;
            else if (Reservations.Keys(disk.Answer.Span) is not { } keys) unread ??= new(VerdictKind.Garbled, $"{each.Device}: the list of keys is damaged");
            else (keys.Contains(each.Key) ? there : gone).Add(each.Device);
        }
        Verdict = gone.Count > 0 ? DeviceVerdict.Is(PowerState.Off, $"our key is gone from {string.Join(", ", gone)}: this machine was cut off")
            : unread ?? DeviceVerdict.Is(PowerState.On, $"our key is registered with {string.Join(", ", there)}");
    }
}
