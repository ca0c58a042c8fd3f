using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Messaging.Signing;
using Appliance.Messaging.Wire;

namespace Appliance.Messaging.Tests;

/// <summary>A conversation of a real pair of heartbeat 3.0.6 (Captures/), packet by packet.</summary>
public sealed partial class Capture
{
    /// <param name="At">Seconds since the scenario's event.</param>
    /// <param name="Trailer">The trailing signature as captured.</param>
    public sealed record Packet(double At, string From, Message Message, string Trailer)
    {
        public string Type => Message.Type;

        /// <summary>The datagram again, built from its fields and the captured trailer.</summary>
        public byte[] Datagram()
        {
            var (wire, output) = (new WireMessage(), new byte[8192]);
            wire.Load(Message);
            var length = Netstring.Write(wire, output);
            length += Netstring.WriteTrailer(Encoding.ASCII.GetBytes(Trailer), output.AsSpan(length));
            return output[..length];
        }

        public override string ToString() => $"{At:0.000} {From} {Message}";
    }

    public string Name { get; }
    public AuthKeys Keys { get; }
    public IReadOnlyList<Packet> Packets { get; }

    private Capture(string name, AuthKeys keys, IReadOnlyList<Packet> packets) => (Name, Keys, Packets) = (name, keys, packets);

    public static Capture Read(string name)
    {
        var lines = File.ReadAllLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Captures", name + ".txt"));
        var keys = lines[3]["Keys: ".Length..].Split("; ").Select(k => k.Split(' '))
            .Select(k => new AuthKey(int.Parse(k[0], null), Enum.Parse<AuthMethod>(k[1], ignoreCase: true), Secret.Of(k.Length > 2 ? k[2] : ""))).ToArray();
        var packets = new List<Packet>();
        for (var i = 4; i + 1 < lines.Length; i++)
        {
            if (Head().Match(lines[i]) is not { Success: true } head) continue;
            var (fields, trailer) = lines[i + 1].Trim(' ').Split("  || trailer ") is [var all, var last] ? (all, last) : (lines[i + 1].Trim(), "");
            packets.Add(new(double.Parse(head.Groups[1].Value, CultureInfo.InvariantCulture), head.Groups[2].Value == "1" ? "alpha" : "beta", new([.. Fields(fields)]), trailer));
        }
        return new(name, new(keys[0].Index, [.. keys]), packets);
    }

    public override string ToString() => Name;

    private static IEnumerable<MessageField> Fields(string line)
    {
        var starts = Field().Matches(line);
        for (var i = 0; i < starts.Count; i++)
        {
            var value = line[(starts[i].Index + starts[i].Length)..(i + 1 < starts.Count ? starts[i + 1].Index : line.Length)];
            var name = starts[i].Groups[2].Value;
            yield return starts[i].Groups[1].Value == "1"
                ? new(name, FieldType.Binary, [.. value.Length == 36 ? new Guid(value).ToByteArray(bigEndian: true) : Convert.FromHexString(value)])
                : new(name, FieldType.String, [.. Encoding.Latin1.GetBytes(value)]);
        }
    }

    [GeneratedRegex(@"^ *(-?\d+\.\d+) udp 10\.9\.0\.([12])>.* netstring ")]
    private static partial Regex Head();

    /// <summary>Two blanks, then a name: values can hold blanks themselves (nodelist ends with one).</summary>
    [GeneratedRegex(@"(?:^|  )(?:\((\d)\))?([A-Za-z_]+)=")]
    private static partial Regex Field();
}
