using System.Collections.Immutable;
using Appliance.Messaging;
using Appliance.Stonith.Cluster;
using Appliance.Stonith.Fencer;

namespace Appliance.Stonith.Tests.Cluster;

public class A_message_of_a_fencer
{
    private static readonly FencingRecord Record = new("a-1", "b,%", FenceAction.Reboot, "a", "stonith_admin.12", null, FencingState.Failed,
        DateTimeOffset.FromUnixTimeMilliseconds(1795226329123), "it said: \"no\", twice\nand more Ä");

    private static readonly FencerMessage[] All =
    [
        new FencerMessage.Query("a-1", "b", FenceAction.Off, TimeSpan.FromSeconds(60)),
        new FencerMessage.Offers("a-1", [new("bmc b", TimeSpan.FromMilliseconds(1500), true, false), new("x", TimeSpan.Zero, false, true)]),
        new FencerMessage.Offers("a-1", []),
        new FencerMessage.Execute("a-1", 3, "bmc,1", FenceAction.On, "b", TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(-1)),
        new FencerMessage.Executed("a-1", 3, VerdictKind.Refused, "wrong password; look at it"),
        new FencerMessage.StandIn(new("a-1", "b,%", FenceAction.Reboot, TimeSpan.FromSeconds(60), "stonith_admin.12 Ä") { Delay = TimeSpan.FromSeconds(-1) }),
        new FencerMessage.Told(Record),
        new FencerMessage.Told(Record with { Completed = null, Delegate = "a human" }),
        new FencerMessage.Known([Record, Record with { Id = "a-2" }]),
        new FencerMessage.Cleaned("b"),
        new FencerMessage.Cleaned(null),
    ];

    [TestCaseSource(nameof(All))]
    public void Is_read_as_it_was_written(FencerMessage message)
    {
        var read = FencerWire.Read(FencerWire.Write(message, "b"));
        // Immutable arrays compare by reference: their items are compared in words.
        Assert.That(Words(read!), Is.EqualTo(Words(message)));
        Assert.That(FencerWire.Write(message, "b")["dest"], Is.EqualTo("b"));
        Assert.That(FencerWire.Write(message, null)["dest"], Is.Null);
    }

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public bool Of_any_words_is_read_or_refused(string kind, string a, string b, string c)
    {
        string[] kinds = ["query", "offers", "execute", "executed", "standin", "told", "known", "cleaned", kind ?? ""];
        foreach (var f in kinds)
            _ = FencerWire.Read(Message.Of("x_fence", ("f", f), ("id", a), ("node", b), ("do", a), ("ms", c), ("have", b), ("rec", c), ("step", a), ("as", b), ("delay", c), ("why", a), ("by", b)));
        return true;
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public bool Holds_any_text(string text)
    {
        var record = Record with { Reason = Latin(text), Client = Latin(text) };
        return FencerWire.ReadRecord(FencerWire.Write(record)) == record;
    }

    /// <summary>Without lone surrogates, which no encoding has.</summary>
    private static string Latin(string? text) => string.Concat((text ?? "").Where(c => !char.IsSurrogate(c)));

    private static string Words(FencerMessage message) => message switch
    {
        FencerMessage.Offers offers => offers.OrderId + string.Join(';', offers.Devices),
        FencerMessage.Known known => string.Join(';', known.Records),
        _ => message.ToString(),
    };
}
