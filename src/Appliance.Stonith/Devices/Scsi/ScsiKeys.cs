using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Appliance.Stonith.Devices.Scsi;

/// <summary>The key of each node.</summary>
public static class ScsiKeys
{
    /// <summary>A value that no administrator gives: the key that this machine registered with the disks, as was noted then (<see cref="Conversations.NoteKey"/>).</summary>
    public const string Registered = "registered_key";

    /// <summary>By the parameters; <c>null</c> when they do not tell.</summary>
    /// <remarks>
    /// <c>full</c>: 32 bits of the cluster's name and 32 of the node's. <c>hash</c> and <c>id</c>: as fence_scsi makes them: four hexadecimal digits of each, or the node's place in the list
    /// in four decimal ones; leading zeros are not written, which changes nothing. <c>plug</c>: the node's name is its key.
    /// </remarks>
    public static ulong? Of(DeviceParameters parameters, string node)
    {
        if (ArePlugs(parameters)) return Hexadecimal(node);
        var cluster = parameters["cluster"];
        switch (parameters["key_value"].ToLowerInvariant())
        {
            case "hash": return Hexadecimal(Digits(cluster)[..4] + Digits(node)[..4]);
            case "id":
                var place = parameters.List("nodes").IndexOf(node, 0, StringComparer.OrdinalIgnoreCase);
                return place < 0 ? null : Hexadecimal(Digits(cluster)[..4] + place.ToString("0000", CultureInfo.InvariantCulture));
            default: return Hexadecimal(Digits(cluster.ToLowerInvariant())[..8] + Digits(node.ToLowerInvariant())[..8]);
        }
    }

    /// <summary>Plugs are keys and not names, as with fence_mpath.</summary>
    public static bool ArePlugs(DeviceParameters parameters) => parameters["key_value"].Equals("plug", StringComparison.OrdinalIgnoreCase);

    /// <summary>Hexadecimal, with or without 0x.</summary>
    public static ulong? Hexadecimal(string text) =>
        ulong.TryParse(text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(2) : text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var key) && key != 0 ? key : null;

#pragma warning disable CA5351 // no secret: fence_scsi makes names into numbers so
    private static string Digits(string name) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(name)));
#pragma warning restore CA5351
}
