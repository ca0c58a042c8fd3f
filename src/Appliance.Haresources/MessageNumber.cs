using System.Globalization;
using Appliance.Messaging;

namespace Appliance.Haresources;

/// <summary>Place of a message among all of its sender: generation (<c>hg</c>), then number (<c>seq</c>). Messages that were lost arrive later, out of order.</summary>
internal readonly record struct MessageNumber(long Generation, long Sequence) : IComparable<MessageNumber>
{
    /// <summary>Of a message without numbers: before all others.</summary>
    public static MessageNumber Of(Message message) => new(Hex(message["hg"]), Hex(message["seq"]));

    public static long Hex(string? digits) => long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : 0;

    public int CompareTo(MessageNumber other) => Generation != other.Generation ? Generation.CompareTo(other.Generation) : Sequence.CompareTo(other.Sequence);
}
