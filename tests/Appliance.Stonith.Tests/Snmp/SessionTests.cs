using System.Formats.Asn1;
using Appliance.Core;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Snmp;

namespace Appliance.Stonith.Tests.Snmp;

/// <summary>Questions and orders to agents that lose, repeat, forge and restart.</summary>
public sealed class SessionTests
{
    private static readonly Oid Number = VirtualEngine.Number;

    /// <summary>Asks one after the other; the answers are in the queries.</summary>
    private sealed class Talk(DeviceParameters parameters, IEntropy entropy, params SnmpQuery[] queries) : Conversation
    {
        public override IEnumerable<Step> Steps()
        {
            var session = new SnmpSession(parameters, entropy, this);
            foreach (var query in queries)
                foreach (var step in session.Ask(query)) yield return step;
            Verdict = new(VerdictKind.Proven, "");
        }
    }

    private delegate IEnumerable<(TimeSpan After, byte[] Datagram)> Device(ReadOnlyMemory<byte> packet);

    private static (VirtualRunner Runner, TimeSpan Took) Play(DeviceParameters parameters, Func<Func<Instant>, Device> make, params SnmpQuery[] queries)
    {
        Device device = null!;
        VirtualRunner runner = null!;
        runner = new VirtualRunner { Device = packet => device(packet) };
        device = make(() => runner.Now);
        var began = runner.Now;
        runner.Run(new Talk(parameters, new KnownEntropy(), queries), TimeSpan.FromMinutes(5));
        return (runner, runner.Now - began);
    }

    private static (VirtualEngine Engine, VirtualRunner Runner) Play(Func<Func<Instant>, VirtualEngine> make, DeviceParameters parameters, params SnmpQuery[] queries)
    {
        VirtualEngine engine = null!;
        var (runner, _) = Play(parameters, now => (engine = make(now)).Hear, queries);
        return (engine, runner);
    }

    private static DeviceParameters Given(params (string Name, string Value)[] given)
    {
        var parameters = DeviceParameters.Read(SnmpParameters.All, [.. given.Select(g => KeyValuePair.Create(g.Name, g.Value)), KeyValuePair.Create("ip", "agent")]);
        Assert.That(parameters.Problems, Is.Empty);
        return parameters;
    }

    private static DeviceParameters Secure(string auth = "SHA", string priv = "AES", string password = "authpass1", string privPassword = "privpass1") =>
        Given([("username", "operator"), .. auth.Length > 0 ? new[] { ("password", password), ("snmp_auth_prot", auth) } : [], .. priv.Length > 0 ? new[] { ("snmp_priv_passwd", privPassword), ("snmp_priv_prot", priv) } : []]);

    private static readonly DeviceParameters Plain = Given(("community", "hushhush"));

    private static SnmpQuery Get() => SnmpQuery.Get(Number);
    private static SnmpQuery Set(long value) => SnmpQuery.Set(Number, new SnmpValue.Integer(value));

    [Test, Combinatorial]
    public void Every_way_to_sign_and_encrypt_works([Values("MD5", "SHA", "sha-224", "SHA256", "SHA384", "SHA-512")] string auth, [Values("", "DES", "AES")] string priv)
    {
        var (get, set, after) = (Get(), Set(7), Get());
        var kind = Enum.Parse<UsmAuth>(auth.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
        var (engine, runner) = Play(now => new(now, kind, priv.Length == 0 ? UsmPriv.None : Enum.Parse<UsmPriv>(priv, ignoreCase: true)), Secure(auth, priv), get, set, after);
        Assert.That((get[Number], set.IsGood, after[Number]), Is.EqualTo(((SnmpValue)new SnmpValue.Integer(2), true, (SnmpValue)new SnmpValue.Integer(7))));
        Assert.That((engine.Orders, runner.Sent.Count), Is.EqualTo((1, 4)), "one discovery serves all");
    }

    [Test]
    public void A_user_without_keys_is_served()
    {
        var get = Get();
        Play(now => new(now, UsmAuth.None, UsmPriv.None), Secure("", ""), get);
        Assert.That(get[Number], Is.EqualTo(new SnmpValue.Integer(2)));
    }

    [Test]
    public void A_signed_report_sets_the_clock_once_and_the_order_is_carried_out_once()
    {
        var (set, get) = (Set(1), Get());
        var (engine, runner) = Play(now => new(now) { BootsTold = 2 }, Secure(), set, get);
        Assert.That((set.IsGood, get[Number], engine.Orders), Is.EqualTo((true, (SnmpValue)new SnmpValue.Integer(1), 1)));
        Assert.That(runner.Sent, Has.Count.EqualTo(4), "discovery, too early, in time, question");
    }

    [Test]
    public void An_agent_that_is_never_in_time_is_given_up()
    {
        var get = Get();
        var (_, runner) = Play(now => new(now) { IsNeverInTime = true }, Secure(), get);
        Assert.That((get.Outcome, runner.Sent.Count), Is.EqualTo((SnmpOutcome.Refused, 3)));
        Assert.That(get.Sentence, Does.Contain("clock"));
    }

    [Test]
    public void An_unsigned_report_sets_no_clock()
    {
        var set = Set(1);
        var (engine, runner) = Play(now => new(now) { BootsTold = 2, SignsReports = false }, Secure(), set);
        Assert.That((set.Outcome, engine.Orders, runner.Sent.Count), Is.EqualTo((SnmpOutcome.Refused, 0, 2)));
    }

    [Test]
    public void An_unsigned_answer_is_none()
    {
        var get = Get();
        Play(now => new(now) { IsForged = true }, Secure(), get);
        Assert.That((get.Outcome, get.Values.Length, get[Number]), Is.EqualTo((SnmpOutcome.Silent, 0, (SnmpValue?)null)));
    }

    [Test]
    public void A_signed_answer_of_another_time_is_none()
    {
        // A signed answer from before, played again: the discovery told another time.
        var get = Get();
        Play(Secure(), now =>
        {
            var (honest, late) = (new VirtualEngine(now), new VirtualEngine(now) { Dated = -200 });
            return packet => UsmMessage.Read(packet, honest.User) is { Engine.Id.Length: 0 } ? honest.Hear(packet) : late.Hear(packet);
        }, get);
        Assert.That((get.Outcome, get[Number]), Is.EqualTo((SnmpOutcome.Silent, (SnmpValue?)null)));
    }

    [TestCase("wrongpass", "privpass1", SnmpOutcome.Refused, "password")]
    [TestCase("authpass1", "wrongpass", SnmpOutcome.Silent, "snmp_priv_passwd")]
    public void A_wrong_pass_phrase_is_named_and_not_told(string password, string privPassword, SnmpOutcome outcome, string hint)
    {
        var set = Set(1);
        var (engine, _) = Play(now => new(now), Secure(password: password, privPassword: privPassword), set);
        Assert.That((set.Outcome, engine.Orders), Is.EqualTo((outcome, 0)));
        Assert.That(set.Sentence, Does.Contain(hint).And.Not.Contains("wrongpass").And.Not.Contains("pass1"));
    }

    [Test]
    public void A_question_is_repeated_with_growing_patience_and_an_order_is_not()
    {
        var (get, set) = (Get(), Set(1));
        var (asked, patience) = Play(Plain, _ => _ => [], get);
        Assert.That((get.Outcome, asked.Sent.Count, patience), Is.EqualTo((SnmpOutcome.Silent, 4, TimeSpan.FromSeconds(7.5))));
        Assert.That(get.Sentence, Does.Contain("community").And.Not.Contains("hushhush"));
        Assert.That((Play(Plain, _ => _ => [], set).Runner.Sent.Count, set.Outcome), Is.EqualTo((1, SnmpOutcome.Silent)));
    }

    [Test]
    public void An_answer_that_comes_late_is_not_taken_for_the_next()
    {
        var (first, second) = (Get(), Get());
        var answers = 0L;
        Play(Plain, _ => packet =>
        {
            var asked = SnmpMessage.Read(1, packet)!;
            var answer = SnmpMessage.Write(1, "hushhush"u8, asked with { Kind = PduKind.Response, Binds = [new(Number, new SnmpValue.Integer(++answers))] });
            return [(TimeSpan.FromMilliseconds(600), answer), (TimeSpan.FromMilliseconds(700), answer)];
        }, first, second);
        // The first was asked twice before its answer came: 1 and 2 are its own, and neither is the second's.
        Assert.That((first[Number], second[Number]), Is.EqualTo(((SnmpValue)new SnmpValue.Integer(1), (SnmpValue)new SnmpValue.Integer(3))));
    }

    [Test]
    public void Something_else_at_the_port_is_not_silence()
    {
        foreach (var parameters in new[] { Plain, Secure() })
        {
            var get = Get();
            Play(parameters, _ => _ => [(TimeSpan.FromMilliseconds(3), "220 welcome"u8.ToArray())], get);
            Assert.That((get.Outcome, get.IsGood), Is.EqualTo((SnmpOutcome.Garbled, false)));
            Assert.That(get.Sentence, Does.Contain("snmp_version"));
        }
    }

    [Test]
    public void No_salt_is_used_twice()
    {
        // Two questions that are answered, one that is repeated until its patience ends: each try is encrypted anew.
        var heard = 0;
        var (runner, _) = Play(Secure(), now =>
        {
            var engine = new VirtualEngine(now);
            return packet => ++heard > 3 ? [] : engine.Hear(packet);
        }, Get(), Get(), Get());
        var salts = runner.Sent.Skip(1).Select(Salt).ToList();
        Assert.That(salts, Has.Count.EqualTo(2 + 4).And.Unique.And.All.Length.EqualTo(16));
    }

    /// <summary>The last of the security parameters, in hexadecimal.</summary>
    private static string Salt(byte[] message)
    {
        var whole = new AsnReader(message, AsnEncodingRules.BER).ReadSequence();
        whole.ReadInteger();
        whole.ReadSequence();
        var security = new AsnReader(whole.ReadOctetString(), AsnEncodingRules.BER).ReadSequence();
        for (var i = 0; i < 5; i++) security.ReadEncodedValue();
        return Convert.ToHexString(security.ReadOctetString());
    }

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void On_a_bad_line_an_answer_is_true_and_an_order_is_carried_out_once_at_most(int seed)
    {
        var random = new Random(seed);
        var (get, set, after) = (Get(), Set(7), Get());
        VirtualEngine engine = null!;
        Play(Secure(), now =>
        {
            engine = new(now);
            IEnumerable<(TimeSpan, byte[])> Line(ReadOnlyMemory<byte> packet)
            {
                if (random.Next(4) == 0) yield break;
                foreach (var (after, answer) in engine.Hear(packet))
                {
                    if (random.Next(4) == 0) continue;
                    var bytes = answer.ToArray();
                    if (random.Next(3) == 0) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                    yield return (after + TimeSpan.FromMilliseconds(random.Next(3000)), bytes);
                    if (random.Next(4) == 0) yield return (after + TimeSpan.FromMilliseconds(random.Next(3000)), answer);
                }
            }
            return Line;
        }, get, set, after);
        Assert.That(engine.Orders, Is.LessThanOrEqualTo(1));
        if (get.IsGood) Assert.That(get[Number], Is.EqualTo(new SnmpValue.Integer(2)));
        if (set.IsGood) Assert.That(engine.Orders, Is.EqualTo(1));
        if (after.IsGood) Assert.That(after[Number], Is.EqualTo(new SnmpValue.Integer(engine.Orders == 1 ? 7 : 2)));
    }

    [TestCase("username=u snmp_version=3 password=short", "password is missing, or shorter")]
    [TestCase("username=u password=longenough snmp_priv_passwd=short", "snmp_priv_passwd is missing, or shorter")]
    [TestCase("username=u snmp_priv_passwd=longenough", "encrypts only what is signed")]
    [TestCase("snmp_version=3 community=public", "username is missing")]
    [TestCase("snmp_version=1", "community is missing")]
    public void Wrong_parameters_are_explained_and_no_secret_is_told(string given, string problem)
    {
        var parameters = Given([.. given.Split(' ').Select(g => (g.Split('=')[0], g.Split('=')[1]))]);
        var problems = SnmpParameters.Check(parameters).ToList();
        Assert.That(problems, Has.One.Contains(problem));
        Assert.That(string.Join(' ', problems), Does.Not.Contain("longenough").And.Not.Contains("=short"));
    }
}
