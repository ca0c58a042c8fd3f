using System.Text;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Messaging.Signing;

namespace Appliance.Messaging.Tests.Wire;

/// <summary>What was found good is known again; whatever differs from it by a bit is not.</summary>
public class KeyringTests
{
    private static readonly AuthKeys Keys = new(1, [new AuthKey(1, AuthMethod.Sha1, Secret.Of("one")), new AuthKey(2, AuthMethod.Sha1, Secret.Of("two"))]);

    [Test]
    public void Refuses_each_bit_that_is_changed_of_what_it_found_good_just_now([Values(1, 40, 300, 20_000)] int size)
    {
        var data = Encoding.ASCII.GetBytes(new string('x', size));
        var signature = Signed(Keys, data);
        var ring = new Keyring(Keys);
        Assert.That(ring.Check(signature, data, out _) && ring.Check(signature, data, out _));
        for (var bit = 0; bit < signature.Length * 8; bit++)
            Assert.That(ring.Check(Flipped(signature, bit), data, out var index), Is.False, $"bit {bit} of the signature, key {index}");
        for (var bit = 0; bit < data.Length * 8; bit += Math.Max(1, data.Length / 40))
            Assert.That(ring.Check(signature, Flipped(data, bit), out _), Is.False, $"bit {bit}");
        Assert.That(ring.Check(signature, data.AsSpan(1), out _), Is.False);
        Assert.That(ring.Check(signature, data, out var good) && good == 1);
    }

    [Test]
    public void Knows_with_which_key_something_was_signed_however_often_it_comes()
    {
        var data = Encoding.ASCII.GetBytes("heartbeat");
        var (one, two) = (Signed(Keys, data), Signed(Keys with { SigningIndex = 2 }, data));
        var ring = new Keyring(Keys);
        for (var i = 0; i < 3; i++)
        {
            Assert.That(ring.Check(one, data, out var first) && first == 1);
            Assert.That(ring.Check(two, data, out var second) && second == 2);
        }
    }

    [Test]
    public void Checks_each_of_many_that_come_from_everywhere([Values(7, 8, 9, 100)] int nodes)
    {
        var (ring, chance) = (new Keyring(Keys), new Random(4711));
        var texts = Enumerable.Range(0, nodes).Select(i => Encoding.ASCII.GetBytes(new string((char)('a' + i % 26), 10 + i * 37 % 700))).ToArray();
        var signatures = Array.ConvertAll(texts, t => Signed(Keys, t));
        for (var i = 0; i < 2_000; i++)
        {
            var (text, signature) = (chance.Next(nodes), chance.Next(nodes));
            Assert.That(ring.Check(signatures[signature], texts[text], out _), Is.EqualTo(texts[text].AsSpan().SequenceEqual(texts[signature])));
        }
    }

    private static byte[] Signed(AuthKeys keys, byte[] data)
    {
        var signature = new byte[Keyring.MaxSignature];
        return signature[..new Keyring(keys).Sign(data, signature)];
    }

    private static byte[] Flipped(byte[] bytes, int bit)
    {
        var flipped = bytes.ToArray();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }
}
