using System.Text;
using Appliance.Stonith.Devices.Snmp;

namespace Appliance.Stonith.Tests.Snmp;

/// <summary>Messages that net-snmp 5.9.3 really exchanged, byte for byte.</summary>
public sealed class GoldenTests
{
    private static byte[] Hex(string text) => Convert.FromHexString(text);

    [TestCase(0, "public", "303102010004067075626c6963a0240204413cbe7f0201000201003016301406102b06010401823e01011a0902030105030500", "Get 1094499967 None VarBind { Name = 1.3.6.1.4.1.318.1.1.26.9.2.3.1.5.3, Value = nothing }")]
    [TestCase(0, "public", "303202010004067075626c6963a2250204413cbe7f0201000201003017301506102b06010401823e01011a090203010503020102", "Response 1094499967 None VarBind { Name = 1.3.6.1.4.1.318.1.1.26.9.2.3.1.5.3, Value = 2 }")]
    [TestCase(0, "private", "3033020100040770726976617465a32502043fb02dfe0201000201003017301506102b06010401823e01011a090204010503020102", "Set 1068510718 None VarBind { Name = 1.3.6.1.4.1.318.1.1.26.9.2.4.1.5.3, Value = 2 }")]
    [TestCase(0, "public", "303102010004067075626c6963a2240204454f719f0201020201013016301406102b06010401823e01011a0902030105630500", "Response 1162834335 NoSuchName VarBind { Name = 1.3.6.1.4.1.318.1.1.26.9.2.3.1.5.99, Value = nothing }")]
    [TestCase(1, "public", "303102010104067075626c6963a224020436de66c30201000201003016301406102b06010401823e01011a0902030105638100", "Response 920544963 None VarBind { Name = 1.3.6.1.4.1.318.1.1.26.9.2.3.1.5.99, Value = no such instance }")]
    [TestCase(1, "public", "303202010104067075626c6963a22502042429340e0201060201013017301506102b06010401823e01011a090204010503020101", "Response 606680078 NoAccess VarBind { Name = 1.3.6.1.4.1.318.1.1.26.9.2.4.1.5.3, Value = 1 }")]
    [TestCase(1, "public", "303002010104067075626c6963a5230204158677d302010002010330153013060f2b06010401823e01011a09020301030500", "GetBulk 361134035 None VarBind { Name = 1.3.6.1.4.1.318.1.1.26.9.2.3.1.3, Value = nothing }")]
    public void Versions_1_and_2c_are_read_and_written_as_captured(int version, string community, string bytes, string meaning)
    {
        var pdu = SnmpMessage.Read(version, Hex(bytes))!;
        Assert.That(pdu.ToString(), Is.EqualTo(meaning));
        Assert.That(SnmpMessage.Write(version, Encoding.ASCII.GetBytes(community), pdu), Is.EqualTo(Hex(bytes)));
    }

    [TestCase("md5", "Md5", "None",
        "308185020103301102044b1fbe87020300ffe30401050201030430302e041180001f8880330fb31993b5006b0000000002010102016a04036d6435040c0652e99975bf538315bb120e0400303b041180001f8880330fb31993b5006b000000000400a0240204060ea8f00201000201003016301406102b06010401823e01011a0902030105030500",
        "308186020103301102044b1fbe87020300ffe30401010201030430302e041180001f8880330fb31993b5006b0000000002010102016a04036d6435040c0a3e9b7fd9a174652866832a0400303c041180001f8880330fb31993b5006b000000000400a2250204060ea8f00201000201003017301506102b06010401823e01011a090203010503020102")]
    [TestCase("sha", "Sha", "None",
        "3081850201033011020405e41e6d020300ffe30401050201030430302e041180001f8880330fb31993b5006b0000000002010102016d0403736861040c013eb7eb0b0bb3a067c706910400303b041180001f8880330fb31993b5006b000000000400a0240204344659e10201000201003016301406102b06010401823e01011a0902030105030500",
        "3081860201033011020405e41e6d020300ffe30401010201030430302e041180001f8880330fb31993b5006b0000000002010102016d0403736861040cd648b3ab29391bbb971ddbab0400303c041180001f8880330fb31993b5006b000000000400a2250204344659e10201000201003017301506102b06010401823e01011a090203010503020102")]
    [TestCase("sha256", "Sha256", "None",
        "30819402010330110204102e52cd020300ffe3040105020103043f303d041180001f8880330fb31993b5006b0000000002010102016f04067368613235360418ee15144ecd03110fdbb528e1897d1f4e2eb5fae3bf3017dc0400303b041180001f8880330fb31993b5006b000000000400a0240204524ba2090201000201003016301406102b06010401823e01011a0902030105030500",
        "30819502010330110204102e52cd020300ffe3040101020103043f303d041180001f8880330fb31993b5006b0000000002010102016f040673686132353604187e6a93b18538b0f4e3add456325cb0c6d7b4a5df1bbad1b40400303c041180001f8880330fb31993b5006b000000000400a2250204524ba2090201000201003017301506102b06010401823e01011a090203010503020102")]
    [TestCase("sha512", "Sha512", "None",
        "3081ac0201033011020412f4841c020300ffe304010502010304573055041180001f8880330fb31993b5006b0000000002010102017104067368613531320430004b7b022a6648f4583e86239f75296aba4448b172d788b4e7e8eeef8a95332652d10300dd87f30ed0b27677876927b80400303b041180001f8880330fb31993b5006b000000000400a0240204207d9e050201000201003016301406102b06010401823e01011a0902030105030500",
        "3081ad0201033011020412f4841c020300ffe304010102010304573055041180001f8880330fb31993b5006b0000000002010102017104067368613531320430cbceafc917ed351a89e1686e13f93e273f0250feef0b894ef1a1c8cd6a8b944ae808b3f1a8a9e998b3768ae8ee815cae0400303c041180001f8880330fb31993b5006b000000000400a2250204207d9e050201000201003017301506102b06010401823e01011a090203010503020102")]
    [TestCase("md5des", "Md5", "Des",
        "3081950201033011020475c576bc020300ffe3040107020103043b3039041180001f8880330fb31993b5006b0000000002010102017304066d6435646573040c9b5b3a5ac384383a40c81797040800000001ca79a8c3044084f68dcceba6dd5ca8d10f84fdda331bc921711d365d0cdadbfdbf336efeb1e7e821d9082114516e28200aa597a8b78f79c665c276b1817c4e67592a01c91008",
        "3081950201033011020475c576bc020300ffe3040103020103043b3039041180001f8880330fb31993b5006b0000000002010102017304066d6435646573040c176078d710bbca2126a98972040800000001488f325b044033bf269482df75c847993ed4a524a860791f0232afdb9ad5261307ea1f0644d6f9286a8b80c0a489b349481cf122ad2c690ed4c0ae0e1ce01062b7bdf211fb8f")]
    [TestCase("shaaes", "Sha", "Aes",
        "3081930201033011020432a00a1d020300ffe3040107020103043b3039041180001f8880330fb31993b5006b000000000201010201760406736861616573040cc417e364a88aff07aab79de80408a0016edeb5b3aab3043e5c3423142fda596bcc0a3732f0dec037364dbec76ae497b5847e1c620920b25e99d1c7bab8aea2a71feefdd0767d8ce66fd0f66a103ac62355ae25c13c7c",
        "3081930201033011020432a00a1d020300ffe3040103020103043b3039041180001f8880330fb31993b5006b000000000201010201760406736861616573040c0c7591ba2d6428865ea7b624040885ac2e33d16f6b2a043e1e505ccbea03d2dccc75be507fc0221a148ec711ef164145410d53d68aba05190ea784bec033f8e9e97889bd25450f4d65c773433ba810852071c0c1f9e6")]
    [TestCase("sha256aes", "Sha256", "Aes",
        "3081a10201033011020415e0d376020300ffe3040107020103044a3048041180001f8880330fb31993b5006b00000000020101020178040973686132353661657304183854592129f8a9a4f3fe5e07feb6335a13a5a4808d68b45004085ef3ac919ad040dd043d0d7a8b77aef0aaec784fb512ccca608ab5e79daa7e6212ba7d1a3a573de7365bd080c10266000e70e87c6b4bbddb98791e7cca891cc5114b27dd63be72",
        "3081a20201033011020415e0d376020300ffe3040103020103044a3048041180001f8880330fb31993b5006b0000000002010102017804097368613235366165730418222f572a5033c47e29f0914f8b11c51798f2de3dfe549dad040885ac2e33d16f6b2b043e656a71cc15645676aa051a46d6195f3e54d4e5d3b89983a482ac31e48288dad383d1383e533ec5596c81f6d6bd66e282cfc21c6fa884998a27eb552e337b")]
    public void Version_3_is_signed_and_encrypted_as_captured(string name, string auth, string priv, string question, string answer)
    {
        var user = User(name, auth, priv);
        var asked = UsmMessage.Read(Hex(question), user)!;
        Assert.That(asked.IsAuthentic);
        Assert.That(asked.Pdu!.Binds, Has.Length.EqualTo(1));
        // The same message from its parts; the salt stands before the encrypted part.
        var salt = priv == "None" ? [] : Salt(question);
        Assert.That(UsmMessage.Write(asked.MessageId, asked.Engine, user, salt, asked.Pdu), Is.EqualTo(Hex(question)));

        var answered = UsmMessage.Read(Hex(answer), user)!;
        Assert.That((answered.IsAuthentic, answered.Pdu!.Kind, answered.Pdu.RequestId, answered.MessageId), Is.EqualTo((true, PduKind.Response, asked.Pdu.RequestId, asked.MessageId)));
        for (var at = 0; at < Hex(answer).Length; at++)
        {
            var damaged = Hex(answer);
            damaged[at] ^= 1;
            Assert.That(UsmMessage.Read(damaged, user), Is.Null.Or.Property("IsAuthentic").False, $"byte {at}");
        }
    }

    [TestCase(0, "private", "3033020100040770726976617465a22502043fb02dfe0201000201003017301506102b06010401823e01011a090204010503020102")]
    [TestCase(0, "public", "303102010004067075626c6963a0240204454f719f0201000201003016301406102b06010401823e01011a0902030105630500")]
    [TestCase(1, "public", "303102010104067075626c6963a024020436de66c30201000201003016301406102b06010401823e01011a0902030105630500")]
    [TestCase(1, "public", "303202010104067075626c6963a32502042429340e0201000201003017301506102b06010401823e01011a090204010503020101")]
    [TestCase(1, "private", "3033020101040770726976617465a325020420ba89be0201000201003017301506102b06010401823e01011a090204010503020109")]
    [TestCase(1, "private", "3033020101040770726976617465a225020420ba89be02010a0201013017301506102b06010401823e01011a090204010503020109")]
    [TestCase(1, "public", "307202010104067075626c6963a2650204158677d30201000201003057301b06102b06010401823e01011a09020301030104076f75746c657431301b06102b06010401823e01011a09020301030204076f75746c657432301b06102b06010401823e01011a09020301030304076f75746c657433")]
    public void The_rest_of_the_captures_is_written_as_it_was_read(int version, string community, string bytes) =>
        Assert.That(SnmpMessage.Write(version, Encoding.ASCII.GetBytes(community), SnmpMessage.Read(version, Hex(bytes))!), Is.EqualTo(Hex(bytes)));

    [Test]
    public void A_discovery_is_asked_and_answered_as_captured()
    {
        const string Question = "303e020103301102044b1fbe88020300ffe30401040201030410300e0400020100020100040004000400301404000400a00e0204060ea8f10201000201003000";
        const string Answer = "3071020103301102044b1fbe88020300ffe30401000201030421301f041180001f8880330fb31993b5006b0000000002010102016a0400040004003036041180001f8880330fb31993b5006b000000000400a81f0204060ea8f10201000201003011300f060a2b060106030f01010400410119";
        Assert.That(UsmMessage.Write(0x4b1fbe88, new([], 0, 0), null, [], new(PduKind.Get, 0x060ea8f1, 0, 0, [])), Is.EqualTo(Hex(Question)));
        var read = UsmMessage.Read(Hex(Answer), null)!;
        Assert.That((read.MessageId, Convert.ToHexStringLower(read.Engine.Id), read.Engine.Boots, read.Engine.Time, read.IsAuthentic), Is.EqualTo((0x4b1fbe88, "80001f8880330fb31993b5006b00000000", 1u, 106u, false)));
        Assert.That(read.Pdu!.ToString(), Is.EqualTo("Report 101624049 None VarBind { Name = 1.3.6.1.6.3.15.1.1.4.0, Value = 25 }"));
    }

    [Test]
    public void A_report_of_wrong_digests_is_read_and_not_relied_on()
    {
        var read = UsmMessage.Read(Hex("30740201033011020451bf251d020300ffe304010002010304243022041180001f8880330fb31993b5006b0000000002010102017b0403736861040004003036041180001f8880330fb31993b5006b000000000400a81f02041e3314630201000201003011300f060a2b060106030f01010500410102"), User("sha", "Sha", "None"))!;
        Assert.That((read.IsAuthentic, read.Pdu!.Kind, UsmReports.Words(read.Pdu.Binds[0].Name, "sha")), Is.EqualTo((false, PduKind.Report, "the agent finds the signature wrong: check password and snmp_auth_prot of user sha")));
    }

    // Agents in the field are not always as short as X.690 asks; what is meant is plain all the same.
    [TestCase("0206000000000007", "7", TestName = "A number with zeros in front")]
    [TestCase("020500fb6a6517", "4218053911", TestName = "A number that needs its zero")]
    [TestCase("0205fffb6a6517", "-76913385", TestName = "A negative number with a byte too many")]
    [TestCase("0209ffffffffffffffffff", "-1", TestName = "A negative number in nine bytes")]
    [TestCase("0209008000000000000000", "unreadable", TestName = "A number that does not fit")]
    [TestCase("0209ff7fffffffffffffff", "unreadable", TestName = "A negative number that does not fit")]
    [TestCase("0200", "unreadable", TestName = "A number without bytes")]
    [TestCase("4204ffffffff", "4294967295", TestName = "A gauge without the zero in front")]
    [TestCase("460900ffffffffffffffff", "18446744073709551615", TestName = "The highest counter")]
    [TestCase("06072b0601048081fe", "unreadable", TestName = "An object identifier that does not end")]
    [TestCase("06072b8fffffff7f7f", "1.3.4294967295.127", TestName = "The highest part")]
    [TestCase("06072b90808080007f", "unreadable", TestName = "A part that is too high")]
    [TestCase("06082b0601048081fe48", "1.3.6.1.4.32584", TestName = "A part with a byte too many")]
    [TestCase("0600", "unreadable", TestName = "An object identifier without parts")]
    [TestCase("060100", "0.0", TestName = "The object identifier of nothing")]
    [TestCase("06028837", "2.999", TestName = "An object identifier below 2")]
    [TestCase("4904deadbeef", "unreadable", TestName = "A kind of value that nobody knows")]
    public void Values_are_read_as_they_are_meant(string value, string meaning)
    {
        // After it comes a good one: what cannot be read spoils nothing but itself.
        var good = Bind("020102");
        var pdu = Wrap(0xA2, [.. Hex("020400000005"), .. Hex("02020000"), .. Hex("020100"), .. Wrap(0x30, [.. Bind(value), .. good])]);
        var message = Wrap(0x30, [.. Hex("020200010400"), .. pdu]);
        var read = SnmpMessage.Read(1, message);
        Assert.That(read, Is.Not.Null);
        Assert.That((read!.RequestId, read.Error), Is.EqualTo((5, SnmpError.None)));
        Assert.That((read.Binds[0].Value.ToString(), read.Binds[1].Value.ToString()), Is.EqualTo((meaning, "2")));

        static byte[] Bind(string of) => Wrap(0x30, [.. Hex("06092b06010401868d1f01"), .. Hex(of)]);
        static byte[] Wrap(byte tag, byte[] contents) => [tag, 0x82, (byte)(contents.Length >> 8), (byte)contents.Length, .. contents];
    }

    [TestCase("abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7")]
    [TestCase("", "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f")]
    [TestCase("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525")]
    public void SHA_224_is_that_of_FIPS_180(string text, string hash) => Assert.That(Convert.ToHexStringLower(Sha224.HashData(Encoding.ASCII.GetBytes(text))), Is.EqualTo(hash));

    [Test]
    public void Its_keyed_form_is_that_of_RFC_4231() =>
        Assert.That(Convert.ToHexStringLower(Sha224.Hmac("Jefe"u8, "what do ya want for nothing?"u8)), Is.EqualTo("a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"));

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public void Any_bytes_are_read_without_an_exception(byte[]? bytes)
    {
        _ = SnmpMessage.Read(1, bytes ?? []);
        _ = UsmMessage.Read(bytes ?? [], User("md5", "Md5", "None"));
    }

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public void Damaged_messages_are_read_without_an_exception(int seed)
    {
        var random = new Random(seed);
        var bytes = Hex("3081a20201033011020415e0d376020300ffe3040103020103044a3048041180001f8880330fb31993b5006b0000000002010102017804097368613235366165730418222f572a5033c47e29f0914f8b11c51798f2de3dfe549dad040885ac2e33d16f6b2b043e656a71cc15645676aa051a46d6195f3e54d4e5d3b89983a482ac31e48288dad383d1383e533ec5596c81f6d6bd66e282cfc21c6fa884998a27eb552e337b");
        for (var i = random.Next(1, 5); i > 0; i--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        if (random.Next(3) == 0) bytes = bytes[..random.Next(bytes.Length)];
        _ = UsmMessage.Read(bytes, User("sha256aes", "Sha256", "Aes"));
    }

    private static readonly byte[] Engine = Hex("80001f8880330fb31993b5006b00000000");

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<(string, string, string), UsmUser> s_users = new();

    private static UsmUser User(string name, string auth, string priv) => s_users.GetOrAdd((name, auth, priv), of => NewUser(of.Item1, of.Item2, of.Item3));

    private static UsmUser NewUser(string name, string auth, string priv)
    {
        var kind = Enum.Parse<UsmAuth>(auth);
        return new(Encoding.ASCII.GetBytes(name), kind, UsmKeys.Localized(kind, "authpass1"u8, Engine), Enum.Parse<UsmPriv>(priv), priv == "None" ? [] : UsmKeys.Localized(kind, "privpass1"u8, Engine));
    }

    /// <summary>The eight bytes after the signature.</summary>
    private static byte[] Salt(string question)
    {
        var message = Hex(question);
        var at = Convert.ToHexString(message).IndexOf("0408", 60, StringComparison.Ordinal) / 2;
        while (!(message[at] == 4 && message[at + 1] == 8 && message[at + 10] == 4)) at++;
        return message[(at + 2)..(at + 10)];
    }
}
