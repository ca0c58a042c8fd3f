using Appliance.Stonith.Devices.Ipmi;

namespace Appliance.Stonith.Tests.Ipmi;

/// <summary>Packets that ipmitool 1.8.19 and two BMCs (OpenIPMI 2.0.33; one with SHA-256 suites) really exchanged, byte for byte.</summary>
public sealed class GoldenTests
{
    private static byte[] Hex(string text) => Convert.FromHexString(text);
    private static readonly byte[] Password = "fencepw"u8.ToArray(), Name = "fence"u8.ToArray();

    // Numbers of the captured sessions: ours, theirs, our random number.
    private const string Sidm = "a4a3a2a0";

    private static Rakp Handshake(int suite, string rm, string kg = "") => new(CipherSuite.Of(suite)!, 4, Name, Password, Hex(kg), Hex(Sidm), Hex(rm));

    public static IEnumerable<TestCaseData> Handshakes()
    {
        yield return new TestCaseData(3, "1835a4b901a7b668bbe99194e1db2ff8", "", new[]
        {
            "0600ff0706100000000000000000200000000000a4a3a2a0000000080100000001000008010000000200000801000000",
            "0600ff0706110000000000000000240000000000a4a3a2a002000000000000080100000001000008010000000200000801000000",
            "0600ff0706120000000000000000210000000000020000001835a4b901a7b668bbe99194e1db2ff81400000566656e6365",
            "0600ff07061300000000000000003c0000000000a4a3a2a00075140dbe50c0c17bebdb409d86a18da0a1a2a3a4a5a6a7a8a9aaabacadaeafce7e86e88fcfe616a51bfaaa9cfeff6fd1ecc1ab",
            "0600ff07061400000000000000001c000000000002000000ddc61bfc0a064796b28aa2be8000d03b8abbee96",
            "0600ff0706150000000000000000140000000000a4a3a2a0afcfcfcc2cdce62c782481e3",
        }).SetName("Suite_3_is_shaken_hands_as_ipmitool_does");
        yield return new TestCaseData(17, "9dca04435f18ccebc60dd91817b7ff18", "", new[]
        {
            "0600ff0706100000000000000000200000000000a4a3a2a0000000080300000001000008040000000200000801000000",
            "0600ff0706110000000000000000240000000400a4a3a2a004030201000000080300000001000008040000000200000801000000",
            "0600ff0706120000000000000000210000000000040302019dca04435f18ccebc60dd91817b7ff181400000566656e6365",
            "0600ff0706130000000000000000480000000000a4a3a2a0cef65981f2d8de997c36fa9d2ecf3509a0a1a2a3a4a5a6a7a8a9aaabacadaeaf9ac08a0bd33c43386d74982302cfcb2f27f176d8e416b138ae0a0a0092440a02",
            "0600ff0706140000000000000000280000000000040302016e6ca8c6e3bb81c49a4801fc790a9a4e49096efb9b3aa346016bbb649eadfdee",
            "0600ff0706150000000000000000180000000000a4a3a2a03a99c43b816e021d5dd3bc8eaa00e976",
        }).SetName("Suite_17_is_shaken_hands_as_ipmitool_does");
        yield return new TestCaseData(17, "13490df35d8fec639887234673e611b8", "0102030405060708090a0b0c0d0e0f1011121314", new[]
        {
            "0600ff0706100000000000000000200000000000a4a3a2a0000000080300000001000008040000000200000801000000",
            "0600ff0706110000000000000000240000000400a4a3a2a004030201000000080300000001000008040000000200000801000000",
            "0600ff07061200000000000000002100000000000403020113490df35d8fec639887234673e611b81400000566656e6365",
            "0600ff0706130000000000000000480000000000a4a3a2a00c17df1e38572d0121cdcbb6a60888c4a0a1a2a3a4a5a6a7a8a9aaabacadaeaff26736e4a8e55abff5f9a84c6a45e93f3bd53335d0ad71cb488e1ea9b4b16a54",
            "0600ff0706140000000000000000280000000000040302018d8bf1a3e8397451a71de295d25137007fc7fad47f21cbc39b827fd8603f9550",
            "0600ff0706150000000000000000180000000000a4a3a2a08ea3a0387206335c2782619cf2eb71db",
        }).SetName("Suite_17_with_Kg_is_shaken_hands_as_ipmitool_does");
        yield return new TestCaseData(2, "b3b51ce2a6da03502a7ff7dcb833362e", "", new[]
        {
            "0600ff0706100000000000000000200000000000a4a3a2a0000000080100000001000008010000000200000800000000",
            "0600ff0706110000000000000000240000000000a4a3a2a082000000000000080100000001000008010000000200000800000000",
            "0600ff070612000000000000000021000000000082000000b3b51ce2a6da03502a7ff7dcb833362e1400000566656e6365",
            "0600ff07061300000000000000003c0000000000a4a3a2a01d658aaff7e8bd5c129b0551d3f8a19ba0a1a2a3a4a5a6a7a8a9aaabacadaeafe920cee9956c3627c363ab9a58e48a1ac28a7fa1",
            "0600ff07061400000000000000001c00000000008200000013f13246bb38dd6f44642a3b46847d33152aa997",
            "0600ff0706150000000000000000140000000000a4a3a2a0e90eb16cdf958d49589c758b",
        }).SetName("Suite_2_is_shaken_hands_as_ipmitool_does");
        yield return new TestCaseData(0, "7a290098042e8a80be0cf0c6da34ce6b", "", new[]
        {
            "0600ff0706100000000000000000200000000000a4a3a2a0000000080000000001000008000000000200000800000000",
            "0600ff0706110000000000000000240000000000a4a3a2a082010000000000080000000001000008000000000200000800000000",
            "0600ff0706120000000000000000210000000000820100007a290098042e8a80be0cf0c6da34ce6b1400000566656e6365",
            "0600ff0706130000000000000000280000000000a4a3a2a0b2ff711c6bcbc8153a26c11f3af3af23a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
            "0600ff070614000000000000000008000000000082010000",
            "0600ff0706150000000000000000080000000000a4a3a2a0",
        }).SetName("Suite_0_is_shaken_hands_as_ipmitool_does");
    }

    [TestCaseSource(nameof(Handshakes))]
    public void The_handshake_is_the_captured_one(int suite, string rm, string kg, string[] packets)
    {
        var rakp = Handshake(suite, rm, kg);
        Assert.That(rakp.Open(0), Is.EqualTo(Hex(packets[0])));
        Assert.That(rakp.Opened(Hex(packets[1])), Is.EqualTo(RakpStatus.Ok));
        Assert.That(rakp.First(), Is.EqualTo(Hex(packets[2])));
        Assert.That(rakp.Second(Hex(packets[3])), Is.EqualTo(RakpStatus.Ok));
        Assert.That(rakp.Third(RakpStatus.Ok), Is.EqualTo(Hex(packets[4])));
        Assert.That(rakp.Fourth(Hex(packets[5])), Is.EqualTo(RakpStatus.Ok));
    }

    private static SealedLink Link(int suite, string theirs, string k1, string k2) =>
        new(CipherSuite.Of(suite)!, 0xa0a2a3a4, BitConverter.ToUInt32(Hex(theirs)), Hex(k1), Hex(k2));

    private const string K1Of3 = "de3a254dfac59bc1236e6eb422d5752626e01a65", K2Of3 = "0951b11d50bf5f8d3cb4d7d47ee5051b59d289a7";
    private const string K1Of17 = "77cc5af37e9e0e61de3e085199558d902acb1d4d657f6d3450d1ab6ddfc87eb3", K2Of17 = "aae221b41eec4ce9698419557b9021714208e4f3a26628b8d4f3914566c73bc1";

    [TestCase(3, "02000000", K1Of3, K2Of3, 3u, "cba9a9ea4a6f850fe7b3c5fca2910b27", "2018c881043b043c",
        "0600ff0706c002000000030000002000cba9a9ea4a6f850fe7b3c5fca2910b27545de8b234fe7cbdbbe0b4832ce205d4ffff02074e4c4ea08d7da76ff1b8a19f")]
    [TestCase(3, "02000000", K1Of3, K2Of3, 8u, "5467f67cc6f49415cc0adec862b9dc07", "2000e08118020065",
        "0600ff0706c0020000000800000020005467f67cc6f49415cc0adec862b9dc07b6805304edbd91c30aedd61b793ac193ffff02072e8ec83da735960ece3ee45c")]
    [TestCase(17, "04030201", K1Of17, K2Of17, 8u, "666d0eb9cf5419855932cf70a7016d85", "2000e081180166",
        "0600ff0706c004030201080000002000666d0eb9cf5419855932cf70a7016d855409efecc9ea3fad1c12813f23906502ffff02071a889d3391b3357cc275ec2fc409a757")]
    [TestCase(2, "82000000", "35c9dcc30ec4c7579b4a7942d87812fd901b0ba4", "337af9c2a72d776f7739d4ab41e991847b1fe9d2", 5u, "", "2018c8810c0172",
        "0600ff070640820000000500000007002018c8810c0172ffffff030793daca70a2bcc6c9ed080bc4")]
    public void A_message_is_sealed_as_ipmitool_does(int suite, string theirs, string k1, string k2, uint sequence, string iv, string message, string packet) =>
        Assert.That(Link(suite, theirs, k1, k2).Seal(sequence, Hex(message), Hex(iv)), Is.EqualTo(Hex(packet)));

    [TestCase(3, K1Of3, K2Of3, "0600ff0706c0a4a3a2a00300000030000732fd5fd327dfee77740d7f2abb0baa694c6baf394dfb1b646b1d212b5872f5ea2be4cb79b589f1cf2f8edbc3f23942ffff02075a33346ed9085521da96dd92",
        "811c63200c010000030908029f911200020f000000006a")]
    [TestCase(17, K1Of17, K2Of17, "0600ff0706c0a4a3a2a0060000002000b2f58a73a42bda3900cb9856ce1f452e9cac41415bb92f7a9a24bae247a53f10ffff020744101549cd323723baa04ef84fb46261",
        "81047b20180100010000c6")]
    [TestCase(2, "35c9dcc30ec4c7579b4a7942d87812fd901b0ba4", "337af9c2a72d776f7739d4ab41e991847b1fe9d2",
        "0600ff070640a4a3a2a0010000000900811c6320043b00049dff0107b0e8799bf819d3abf10b2504", "811c6320043b00049d")]
    public void What_the_BMC_sealed_is_opened_and_only_once_and_only_whole(int suite, string k1, string k2, string packet, string message)
    {
        var link = Link(suite, "00000000", k1, k2);
        for (var at = 4; at < Hex(packet).Length; at++)
        {
            var damaged = Hex(packet);
            damaged[at] ^= 1;
            Assert.That(link.Open(damaged), Is.Null, $"byte {at}");
        }
        Assert.That(link.Open(Hex(packet)), Is.EqualTo(Hex(message)));
        Assert.That(link.Open(Hex(packet)), Is.Null, "repeated");
    }

    [Test]
    public void The_old_version_signs_with_MD5_as_ipmitool_does()
    {
        var session = Sessions.Old();
        Assert.That(session.Packet(2, 0, 5, Hex("2018c8810c3a0204a0e9098e7cff46c3e9bfc643636249997cf08385c3")),
            Is.EqualTo(Hex("0600ff070200000000050000000e3ff8a03b91fb0321a7756e4d2634de1d2018c8810c3a0204a0e9098e7cff46c3e9bfc643636249997cf08385c3")));
        Assert.That(session.Packet(2, 0xd51b1974, 0x484, Hex("2018c881283c8404000093")),
            Is.EqualTo(Hex("0600ff070274191bd584040000a10c3cffeff0468e19e47aeebd34645e0b2018c881283c8404000093")));
        Assert.That(session.Message(Hex("0600ff07027ef083858404000003a70e11942539da8f7ac5c42ac206b217811c632018010000030908029f911200020f000000005e"), 0x484, 2, out _),
            Is.EqualTo(Hex("811c632018010000030908029f911200020f000000005e")));
        Assert.That(session.Message(Hex("0600ff07027ef083858404000003a70e11942539da8f7ac5c42ac206b218811c632018010000030908029f911200020f000000005e"), 0x484, 2, out _), Is.Null);
    }

    [Test]
    public void A_refusal_is_read_from_a_short_answer()
    {
        var rakp = Handshake(17, "1835a4b901a7b668bbe99194e1db2ff8");
        rakp.Open(0);
        Assert.That(rakp.Opened(Hex("0600ff070611000000000000000002000004")), Is.EqualTo(RakpStatus.NoAuthentication));
    }
}
