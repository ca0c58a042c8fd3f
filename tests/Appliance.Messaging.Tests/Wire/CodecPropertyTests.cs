using System.Collections.Immutable;
using System.Text;
using Appliance.Messaging.Bridge;
using Appliance.Messaging.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace Appliance.Messaging.Tests.Wire;

/// <summary>Messages as they can occur: field names without '=', strings without NUL and without the byte that stands for a newline.</summary>
public static class AnyMessage
{
    public static Arbitrary<Message> Messages()
    {
        var name = Gen.Elements("t", "src", "st", "info", "x-y", "a", "rsc_hold", "zz9").Select(n => n);
        var text = Gen.Choose(1, 255).Where(b => b != 0x13 && b is not (>= 14 and <= 31) and not '\r').ArrayOf().Select(b => b.Select(x => (byte)x).ToImmutableArray());
        var bytes = Gen.Choose(0, 255).ArrayOf().Select(b => b.Select(x => (byte)x).ToImmutableArray());
        var field = Gen.OneOf(
            name.SelectMany(n => text.Select(v => new MessageField(n, FieldType.String, v))),
            name.SelectMany(n => bytes.Select(v => new MessageField(n, FieldType.Binary, v))));
        var nested = field.ArrayOf(3).Select(f => new MessageField("inner", FieldType.Struct, [.. Netstringed(new([.. f]))]));
        return Gen.Frequency((9, field), (1, nested)).ArrayOf().Select(f => new Message([.. f.Take(40)])).ToArbitrary();
    }

    public static byte[] Netstringed(Message message)
    {
        var (wire, output) = (new WireMessage(), new byte[WireMessage.MaxBytes]);
        wire.Load(message);
        return output[..Netstring.Write(wire, output)];
    }
}


public class A_codec
{
    [FsCheck.NUnit.Property(Arbitrary = [typeof(AnyMessage)])]
    public void Reads_from_a_netstring_what_it_wrote(Message message)
    {
        var wire = new WireMessage();
        Assert.That(Netstring.Parse(AnyMessage.Netstringed(message), wire, out _, out var trailer), Is.EqualTo(WireError.None));
        Assert.That(wire.ToMessage(), Is.EqualTo(message));
        Assert.That(trailer.IsEmpty, Is.True);
    }

    [FsCheck.NUnit.Property(Arbitrary = [typeof(AnyMessage)])]
    public void Reads_from_classic_text_what_it_wrote(Message message)
    {
        if (message.Fields.Length == 0) return;
        var (wire, output) = (new WireMessage(), new byte[WireMessage.MaxBytes]);
        wire.Load(message);
        var length = Classic.Write(wire, output);
        var again = new WireMessage();
        Assert.That(Classic.Parse(output.AsSpan(0, length), again), Is.EqualTo(WireError.None), Encoding.Latin1.GetString(output, 0, length));
        Assert.That(again.ToMessage(), Is.EqualTo(message));
    }

    [FsCheck.NUnit.Property(Arbitrary = [typeof(AnyMessage)])]
    public void Never_throws_on_any_bytes(byte[] bytes, bool classic, byte[] more)
    {
        byte[] packet = [.. classic ? ">>>\n"u8 : "###\n"u8, .. bytes, .. classic ? "\n<<<\n"u8 : "%%%\n"u8, .. more];
        Assert.DoesNotThrow(() =>
        {
            Netstring.Parse(packet, new WireMessage(), out _, out _);
            Classic.Parse(packet, new WireMessage());
            Netstring.Parse(bytes, new WireMessage(), out _, out _);
            Classic.Parse(bytes, new WireMessage());
            BridgeCodec.TryRead(bytes, out ClusterEvent? _);
            BridgeCodec.TryRead(bytes, out ClusterCommand? _);
        });
    }

    [FsCheck.NUnit.Property(Arbitrary = [typeof(AnyMessage)])]
    public void Never_throws_on_a_damaged_message(Message message, int at, byte value)
    {
        var packet = AnyMessage.Netstringed(message);
        packet[(int)((uint)at % packet.Length)] = value;
        Assert.DoesNotThrow(() => Netstring.Parse(packet, new WireMessage(), out _, out _));
    }

    [FsCheck.NUnit.Property(Arbitrary = [typeof(AnyMessage)])]
    public void Finds_every_message_in_a_serial_stream_however_it_is_cut(Message[] messages, byte[] noise, int step)
    {
        var (wire, output, stream) = (new WireMessage(), new byte[WireMessage.MaxBytes], new List<byte>());
        var sent = new List<string>();
        foreach (var message in messages.Take(5).Where(m => m.Fields.Length > 0))
        {
            stream.AddRange(noise.Where(b => b is not (byte)'>' and not (byte)'<'));
            stream.Add((byte)'\n');
            wire.Load(message);
            var text = output[..Classic.Write(wire, output)];
            if (text.Length > SerialFramer.MaxMessage) continue;
            sent.Add(Encoding.Latin1.GetString(text));
            stream.AddRange(text);
        }
        var (framer, got, chunk) = (new SerialFramer(), new List<string>(), 1 + (int)((uint)step % 700));
        foreach (var piece in stream.Chunk(chunk))
            for (ReadOnlySpan<byte> rest = piece; !rest.IsEmpty;)
            {
                if (framer.Next(rest, out var used, out var found)) got.Add(Encoding.Latin1.GetString(found));
                rest = rest[used..];
            }
        Assert.That(got, Is.EqualTo(sent));
    }

    [FsCheck.NUnit.Property(Arbitrary = [typeof(AnyMessage)])]
    public void Carries_messages_between_pulse_and_control(Message message, string node, bool self)
    {
        var frame = new byte[BridgeCodec.MaxFrame];
        var happened = new ClusterEvent.Received(node ?? "", message, self);
        var length = BridgeCodec.Write(happened, frame);
        Assert.That(BridgeCodec.TryRead(frame.AsSpan(0, length), out ClusterEvent? read), Is.True);
        Assert.That(read, Is.EqualTo(happened));
        length = BridgeCodec.Write(new ClusterCommand.Send(message), frame);
        Assert.That(BridgeCodec.TryRead(frame.AsSpan(0, length), out ClusterCommand? command), Is.True);
        Assert.That(command, Is.EqualTo(new ClusterCommand.Send(message)));
    }
}
