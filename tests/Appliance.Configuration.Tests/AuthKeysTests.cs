using Appliance.Configuration;
using Appliance.Core.Diagnostics;

namespace Appliance.Configuration.Tests;

public class A_line_of_authkeys
{
    [TestCase("", "Missing auth directive in keyfile [/etc/ha.d//authkeys]")]
    [TestCase("auth 1\n", "Auth Key [1] not found in keyfile [/etc/ha.d//authkeys]")]
    [TestCase("1 sha1 k\nauth 1\n", "Auth Key [1] not found in keyfile [/etc/ha.d//authkeys]")]
    [TestCase("auth 1\n1 sha1 k\nauth x\n", "Invalid auth line [***] in /etc/ha.d//authkeys")]
    [TestCase("auth 1\n1 sha1 k\n20 sha1 k\n", "Invalid authnum [20] in /etc/ha.d//authkeys")]
    [TestCase("auth 1\n1 sha1 k\n2 sah1 k\n", "Invalid authtype [sah1]")]
    [TestCase("auth 1\n1 sha1 k\n2 crc k\n", "Auth method [crc] doesn't use a key")]
    [TestCase("auth 1\n1 sha1 k\n2 md5\n", "Auth method [md5] requires a key")]
    [TestCase("auth 1\n1 sha1 k\nfoo\n", "Auth line [***] is invalid.")]
    public void Is_refused_in_these_words(string text, string message) => Assert.That(Given.AuthKeys(text).Errors(), Is.EqualTo(new[] { message }));

    [TestCase("auth 1\n1 sha1 a\n1 sha1 b\n", "key 1 is given twice: this line counts")]
    [TestCase("auth 1\n1 sha1 a # no comment\n", "what follows the secret is ignored")]
    [TestCase("auth 1 2\n1 sha1 a\n", "what follows the number is ignored")]
    [TestCase("auth 1\n1 sha1 a\nauth 2\n", "\"auth 2\" is not followed by key 2: key 1 signs")]
    public void Is_warned_of_in_these_words(string text, string message)
    {
        var read = Given.AuthKeys(text);
        Assert.That(read.Errors(), Is.Empty);
        Assert.That(read.Warnings(), Is.EqualTo(new[] { message }));
    }

    [Test]
    public void Gives_a_key_with_any_of_the_four_methods()
    {
        var keys = Given.AuthKeys("# comment\nauth 3\n0 crc\n1 md5 m\n2 sha1 s\n3 sha256 x # y\n").Value!;
        Assert.That(keys.Keys.Select(k => (k.Index, k.Method)), Is.EqualTo(new[] { (0, AuthMethod.Crc), (1, AuthMethod.Md5), (2, AuthMethod.Sha1), (3, AuthMethod.Sha256) }));
        Assert.That((keys.SigningIndex, keys.Signing.Secret.SameAs(Core.Secret.Of("x"))), Is.EqualTo((3, true)));
    }

    [Test]
    public void Can_be_missing_with_the_whole_file() =>
        Assert.That(ConfigurationReader.ReadAuthKeys(new("/etc/ha.d/authkeys", null)).Errors(), Is.EqualTo(new[] { "Cannot open keyfile [/etc/ha.d//authkeys].  Stop." }));
}
