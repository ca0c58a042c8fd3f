using System.Collections.Immutable;
using System.Globalization;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Scsi;

/// <summary>Who is registered: all nodes that are known, and in the sentence their keys, keys of nobody, and the machines they come from.</summary>
internal sealed class ScsiListing(DeviceOrder order, DiskTalk disk, Parties parties, Action<DeviceVerdict> end)
{
    public IEnumerable<Step> Steps()
    {
        var (found, isFence) = (new SortedDictionary<ulong, SortedSet<string>>(), true);
        foreach (var device in order.Parameters.List("devices"))
        {
            foreach (var step in disk.Look(device)) yield return step;
            if (disk.Trouble is { } trouble)
            {
                end(trouble);
                yield break;
            }
            isFence &= disk.IsReserved;
            foreach (var key in disk.Keys)
                if (!found.ContainsKey(key)) found[key] = new(StringComparer.Ordinal);
            // Many disks do not know READ FULL STATUS: then just the keys.
            foreach (var step in disk.Send(device, Reservations.FullStatusCommand, default, Reservations.FullRoom)) yield return step;
            if (disk.Trouble is not null || FullStatus.Read(disk.Answer.Span) is not { } registrations) continue;
            foreach (var registration in registrations)
                if (registration.Initiator.Length > 0 && found.TryGetValue(registration.Key, out var ways)) ways.Add(registration.Initiator);
        }
        end(Outcome(found, isFence));
    }

    private DeviceVerdict Outcome(SortedDictionary<ulong, SortedSet<string>> found, bool isFence)
    {
        var strangers = new List<ulong>(found.Keys);
        foreach (var node in order.Parameters.List("nodes"))
            if (KeyOf(node) is { } key) strangers.Remove(key);
        var (outlets, told) = (ImmutableArray.CreateBuilder<Outlet>(), new List<string>());
        foreach (var node in order.Parameters.List("nodes"))
        {
            if (KeyOf(node) is not { } key) continue;
            var ways = found.GetValueOrDefault(key);
            // A stranger's key may be the node's own, and a disk that is not reserved is written without a key.
            outlets.Add(new(node, "", ways is not null ? PowerState.On : isFence && strangers.Count == 0 ? PowerState.Off : null));
            told.Add(ways is null ? $"{node} is not registered (key {Hexadecimal(key)})" : $"{node} is registered (key {Hexadecimal(key)}{From(ways)})");
        }
        foreach (var key in strangers) told.Add($"key {Hexadecimal(key)} is of no known node{From(found[key])}");
        if (!isFence) told.Add("not every disk is reserved for registered nodes");
        return new(VerdictKind.Proven, string.Join("; ", told)) { Outlets = outlets.ToImmutable() };
    }

    private ulong? KeyOf(string node) => node == parties.Me ? parties.Own : ScsiKeys.Of(order.Parameters, node);

    private static string From(SortedSet<string> ways) => ways.Count > 0 ? $", from {string.Join(" ", ways)}" : "";

    private static string Hexadecimal(ulong key) => key.ToString("x", CultureInfo.InvariantCulture);
}
