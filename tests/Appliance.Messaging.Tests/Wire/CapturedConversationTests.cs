using System.Text;
using Appliance.Messaging.Signing;
using Appliance.Messaging.Wire;

namespace Appliance.Messaging.Tests.Wire;

/// <summary>513 packets of real pairs: what we make of the same fields has the same signatures, so it is the same bytes.</summary>
public class A_captured_conversation
{
    public static readonly string[] Names =
    [
        "auth_crc", "auth_md5_long_secret", "cold_start_both", "compressed_message", "graceful_stop", "key_rotation_netstring_bug", "msgfmt_classic",
        "msgfmt_mixed_mcast", "msgfmt_netstring", "nak_and_missing_acks", "packet_loss_rexmit", "ping_ipfail",
    ];

    [TestCaseSource(nameof(Names))]
    public void Is_written_again_with_the_same_signatures(string name)
    {
        var capture = Capture.Read(name);
        Assert.That(capture.Packets, Is.Not.Empty);
        var (wire, output, ring) = (new WireMessage(), new byte[8192], new Keyring(capture.Keys));
        foreach (var packet in capture.Packets)
        {
            wire.Load(packet.Message);
            var length = Netstring.Write(wire, output);
            Assert.That(ring.Check(Encoding.ASCII.GetBytes(packet.Trailer), output.AsSpan(0, length), out _), Is.True, $"trailer of {packet}");
            if (packet.Message["auth"] is not { } auth) continue;
            length = Classic.WriteSigned(wire, output);
            Assert.That(ring.Check(Encoding.ASCII.GetBytes(auth), output.AsSpan(0, length), out _), Is.True, $"field auth of {packet}");
        }
    }

    [TestCaseSource(nameof(Names))]
    public void Is_the_same_after_the_way_through_classic_text(string name)
    {
        var (wire, output, ring, again) = (new WireMessage(), new byte[8192], new Keyring(Capture.Read(name).Keys), new WireMessage());
        foreach (var packet in Capture.Read(name).Packets.Where(p => p.Message["auth"] is not null))
        {
            wire.Load(packet.Message);
            var length = Classic.Write(wire, output);
            var signed = new byte[8192];
            Assert.That(Classic.Extract(output.AsSpan(0, length), signed, out var text, out var auth), Is.EqualTo(WireError.None));
            Assert.That(ring.Check(auth, signed.AsSpan(0, text), out _), Is.True, $"{packet}");
            Assert.That(Classic.Parse(output.AsSpan(0, length), again), Is.EqualTo(WireError.None));
            Assert.That(again.ToMessage(), Is.EqualTo(packet.Message));
        }
    }
}
