using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Messaging.Signing;
using Appliance.Messaging.Wire;

namespace Appliance.Messaging.Tests.Wire;

/// <summary>Packets of real heartbeat 3.0.6 pairs, with their keys (Captures/auth-vectors.txt).</summary>
public partial class A_packet_of_heartbeat_3_0_6
{
    public sealed record Vector(string Name, AuthKeys Keys, byte[] Packet, bool IsClassic, bool HasField)
    {
        public override string ToString() => Name;
    }

    [TestCaseSource(nameof(Vectors))]
    public void Is_understood_and_its_signatures_check(Vector vector)
    {
        var (message, ring) = (new WireMessage(), new Keyring(vector.Keys));
        if (vector.IsClassic) Assert.That(Classic.Parse(vector.Packet, message), Is.EqualTo(WireError.None));
        else
        {
            Assert.That(Netstring.Parse(vector.Packet, message, out var signed, out var trailer), Is.EqualTo(WireError.None));
            Assert.That(ring.Check(trailer, signed, out var index), Is.True);
            Assert.That(index, Is.EqualTo(vector.Keys.SigningIndex));
        }
        if (!vector.HasField) return;
        var text = new byte[4096];
        Assert.That(ring.Check(message["auth"u8], text.AsSpan(0, Classic.WriteSigned(message, text)), out _), Is.True);
    }

    [TestCaseSource(nameof(Vectors))]
    public void Is_written_again_byte_for_byte(Vector vector)
    {
        var (message, ring, output) = (new WireMessage(), new Keyring(vector.Keys), new byte[4096]);
        if (vector.IsClassic)
        {
            Classic.Parse(vector.Packet, message);
            Assert.That(output[..Classic.Write(message, output)], Is.EqualTo(vector.Packet));
            return;
        }
        Netstring.Parse(vector.Packet, message, out _, out _);
        var length = Netstring.Write(message, output);
        var signature = new byte[Keyring.MaxSignature];
        length += Netstring.WriteTrailer(signature.AsSpan(0, ring.Sign(output.AsSpan(0, length), signature)), output.AsSpan(length));
        Assert.That(Encoding.Latin1.GetString(output, 0, length), Is.EqualTo(Encoding.Latin1.GetString(vector.Packet)));
    }

    [TestCaseSource(nameof(Vectors))]
    public void With_any_byte_changed_is_refused(Vector vector)
    {
        var (message, ring) = (new WireMessage(), new Keyring(vector.Keys));
        for (var i = 0; i < vector.Packet.Length; i++)
        {
            var forged = vector.Packet.ToArray();
            forged[i] ^= 1;
            bool accepted;
            if (vector.IsClassic)
            {
                var text = new byte[4096];
                accepted = Classic.Parse(forged, message) == WireError.None && ring.Check(message["auth"u8], text.AsSpan(0, Classic.WriteSigned(message, text)), out _);
            }
            else accepted = Netstring.Parse(forged, message, out var signed, out var trailer) == WireError.None && ring.Check(trailer, signed, out _);
            Assert.That(accepted, Is.False, $"byte {i} of {vector.Name}");
        }
    }

    private static IEnumerable<Vector> Vectors()
    {
        var text = File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Captures", "auth-vectors.txt"));
        foreach (var part in text.Split("\n## ").Skip(1).TakeWhile(p => !p.StartsWith("SYNTHETIC", StringComparison.Ordinal)))
        {
            var key = KeyLine().Match(part);
            var method = Enum.Parse<AuthMethod>(key.Groups[2].Value, ignoreCase: true);
            var keys = new AuthKeys(int.Parse(key.Groups[1].Value, null), [new(int.Parse(key.Groups[1].Value, null), method, Secret.Of(key.Groups[3].Value))]);
            var packet = PacketLine().Match(part).Groups[1].Value;
            yield return new(part.Split('\n')[0], keys, Convert.FromHexString(packet), part.Contains("form: classic", StringComparison.Ordinal), part.Contains("field:ok", StringComparison.Ordinal));
        }
    }

    [GeneratedRegex("key: index (\\d+), method (\\w+), secret \"(.*)\"")]
    private static partial Regex KeyLine();

    [GeneratedRegex("\\n(?:datagram|bytes|line|data|text)[^:\\n]*: ([0-9a-f]+)\\n")]
    private static partial Regex PacketLine();
}

public class A_token
{
    [Test]
    public void By_crc_is_cksum_without_the_length_step_and_without_leading_zeros()
    {
        Span<byte> token = stackalloc byte[Token.MaxLength];
        var length = Token.Compute(AuthMethod.Crc, [], "123456789"u8, token);
        Assert.That(Encoding.ASCII.GetString(token[..length]), Is.EqualTo("765e7680"));
    }

    [TestCase(AuthMethod.Md5, "750c783e6ab0b503eaa86e310a5db738")]                                          // RFC 2202, test case 2
    [TestCase(AuthMethod.Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")]                                  // RFC 2202, test case 2
    [TestCase(AuthMethod.Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")]        // RFC 4231, test case 2
    public void By_an_hmac_is_what_its_rfc_gives(AuthMethod method, string expected)
    {
        Span<byte> token = stackalloc byte[Token.MaxLength];
        var length = Token.Compute(method, "Jefe"u8, "what do ya want for nothing?"u8, token);
        Assert.That(Encoding.ASCII.GetString(token[..length]), Is.EqualTo(expected));
    }

    [Test]
    public void By_a_keyring_that_keeps_its_keys_ready_is_the_same_each_time([Values] AuthMethod method)
    {
        var key = new AuthKey(3, method, Secret.Of("Jefe"));
        var (ring, other) = (new Keyring(new AuthKeys(3, [key])), new Keyring(new AuthKeys(3, [key])));
        Span<byte> signature = stackalloc byte[Keyring.MaxSignature], token = stackalloc byte[Token.MaxLength];
        foreach (var text in new[] { "", "a", new string('x', 300), "a" })
        {
            var data = Encoding.ASCII.GetBytes(text);
            var signed = Encoding.ASCII.GetString(signature[..ring.Sign(data, signature)]);
            Assert.That(signed, Is.EqualTo("3 " + Encoding.ASCII.GetString(token[..Token.Compute(method, key.Secret.Reveal(), data, token)])), $"[{text}]");
            // By who signed it, by another, and by another who has just found it good.
            foreach (var by in new[] { ring, other, other }) Assert.That(by.Check(Encoding.ASCII.GetBytes(signed), data, out var index) && index == 3);
        }
    }
}
