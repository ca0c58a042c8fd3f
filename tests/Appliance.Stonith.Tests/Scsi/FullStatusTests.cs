using System.Buffers.Binary;
using Appliance.Stonith.Devices.Scsi;

namespace Appliance.Stonith.Tests.Scsi;

/// <summary>READ FULL STATUS and sense data, as SPC-4 draws them.</summary>
public sealed class FullStatusTests
{
    private static byte[] Answer(params byte[][] registrations)
    {
        byte[] all = [0, 0, 0, 7, 0, 0, 0, 0, .. registrations.SelectMany(r => r)];
        BinaryPrimitives.WriteUInt32BigEndian(all.AsSpan(4), (uint)(all.Length - 8));
        return all;
    }

    private static byte[] Registration(ulong key, byte flags, byte type, byte port, byte[] transport)
    {
        var one = new byte[24 + transport.Length];
        BinaryPrimitives.WriteUInt64BigEndian(one, key);
        (one[12], one[13], one[19]) = (flags, type, port);
        BinaryPrimitives.WriteUInt32BigEndian(one.AsSpan(20), (uint)transport.Length);
        transport.CopyTo(one, 24);
        return one;
    }

    private static byte[] Iscsi(byte format, string name)
    {
        var text = System.Text.Encoding.ASCII.GetBytes(name + "\0");
        var id = new byte[4 + (text.Length + 3) / 4 * 4];
        (id[0], id[3]) = ((byte)(format << 6 | 5), (byte)(id.Length - 4));
        text.CopyTo(id, 4);
        return id;
    }

    private static byte[] Fixed24(byte protocol, int at, string name)
    {
        var id = new byte[24];
        id[0] = protocol;
        Convert.FromHexString(name).CopyTo(id, at);
        return id;
    }

    [Test]
    public void Registrations_with_their_machines()
    {
        var read = FullStatus.Read(Answer(
            Registration(0x1, 1, 5, 1, Iscsi(0, "iqn.2000-01.lab:a")),
            Registration(0x2, 0, 0, 2, Iscsi(1, "iqn.2000-01.lab:b,i,0x00023d000001")),
            Registration(0x3, 0, 5, 1, Fixed24(0, 8, "2100001b32000001")),
            Registration(0x4, 0, 0, 1, Fixed24(6, 4, "5000c50000000001")),
            Registration(0x5, 0, 0, 1, Fixed24(4, 8, "fe800000000000000002c90300000001")),
            Registration(0x6, 0, 0, 1, [])));
        Assert.That(read, Is.EqualTo(new Registration[]
        {
            new(1, true, 5, 1, "iqn.2000-01.lab:a"), new(2, false, 0, 2, "iqn.2000-01.lab:b,i,0x00023d000001"), new(3, false, 0, 1, "2100001b32000001"),
            new(4, false, 0, 1, "5000c50000000001"), new(5, false, 0, 1, "fe800000000000000002c90300000001"), new(6, false, 0, 1, ""),
        }));
        Assert.That(FullStatus.Read(new byte[8]), Is.Empty);
    }

    [Test]
    public void A_name_brings_no_control_characters_to_a_terminal() =>
        Assert.That(FullStatus.Read(Answer(Registration(1, 0, 0, 1, Iscsi(0, "a\u001b[2Jb\nc"))))!.Value[0].Initiator, Is.EqualTo("a?[2Jb?c"));

    [Test]
    public void A_damaged_answer_is_none()
    {
        var whole = Answer(Registration(1, 1, 5, 1, Iscsi(0, "iqn.2000-01.lab:a")), Registration(2, 0, 0, 1, Iscsi(0, "iqn.2000-01.lab:b")));
        for (var left = 0; left < whole.Length; left++) Assert.That(FullStatus.Read(whole.AsSpan(0, left)), Is.Null, $"{left} bytes");
        var longer = (byte[])whole.Clone();
        longer[8 + 23] = 0xF0;      // a name that goes past the end
        Assert.That(FullStatus.Read(longer), Is.Null);
        longer[8 + 20] = 0xFF;
        Assert.That(FullStatus.Read(longer), Is.Null);
        var extra = (byte[])whole.Clone();
        extra[7]--;                 // the last registration is cut by its list
        Assert.That(FullStatus.Read(extra), Is.Null);
    }

    [TestCase("70 00 06 00 00 00 00 0a 00 00 00 00 2a 03", 6, 0x2A, 3)]
    [TestCase("f0 00 05 00 00 00 00 0a 00 00 00 00 20 00 00", 5, 0x20, 0)]
    [TestCase("72 06 29 00", 6, 0x29, 0)]
    public void Sense_data(string hex, byte key, byte code, byte qualifier) =>
        Assert.That(SenseData.Read(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))), Is.EqualTo(new SenseData(key, code, qualifier)));

    [TestCase("")]
    [TestCase("7f000600000000000000000000002a03")]
    [TestCase("70000600")]
    public void What_is_no_sense_data(string hex) => Assert.That(SenseData.Read(Convert.FromHexString(hex)), Is.Null);

    [FsCheck.NUnit.Property(MaxTest = 5000)]
    public void Any_answers_are_read_without_an_exception(byte[]? bytes)
    {
        _ = Reservations.Keys(bytes ?? []);
        _ = Reservations.Reservation(bytes ?? []);
        _ = SenseData.Read(bytes ?? []);
        var length = (byte)Math.Min(255, bytes?.Length ?? 0);
        _ = FullStatus.Read([0, 0, 0, 0, 0, 0, 0, length, .. bytes ?? []]);
        _ = FullStatus.Read(Answer(Registration(1, 1, 5, 1, bytes ?? [])));
    }
}
