using Appliance.Core;
using Appliance.Lrm.Systemd;

namespace Appliance.Lrm.Tests.Systemd;

/// <summary>A book of units that hears anything in any order: it throws nothing, and every operation ends once and in its time.</summary>
public class A_book_of_units_in_chaos
{
    private static readonly string[] Units = ["foo", "bar", "heartbeat"];
    private static readonly string[] Active = ["active", "reloading", "inactive", "failed", "activating", "deactivating", "maintenance"];
    private static readonly string[] Load = ["loaded", "loaded", "loaded", "not-found", "masked", "bad-setting"];
    private static readonly string[] Errors =
    [
        "org.freedesktop.systemd1.NoSuchUnit", "org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.systemd1.JobTypeNotApplicable", "some.other.Error",
    ];

    [Test]
    public void Throws_nothing_and_ends_every_operation_once([Range(1, 40)] int seed)
    {
        var random = new Random(seed);
        var book = new UnitBook("heartbeat.service");
        var now = new Instant(TimeSpan.TicksPerHour);
        var (calls, open) = (new List<UnitEffect.Call>(), new SortedDictionary<long, Instant>());
        var (last, job) = (0L, 0);
        T Any<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];
        UnitFacts Facts(bool whole) => new()
        {
            Active = whole || random.Next(2) == 0 ? Any(Active) : null, Load = whole || random.Next(4) == 0 ? Any(Load) : null, Sub = "x",
            Job = whole || random.Next(2) == 0 ? random.Next(3) == 0 ? $"/job/{random.Next(job + 1)}" : "" : null, HasDropIn = random.Next(3) == 0 ? null : random.Next(2) == 0,
        };
        void Step(UnitInput first)
        {
            var inputs = new Queue<UnitInput>([first]);
            while (inputs.TryDequeue(out var input))
            {
                var effects = new List<UnitEffect>();
                book.Step(input, now, effects);
                foreach (var effect in effects)
                    switch (effect)
                    {
                        case UnitEffect.Call call: calls.Add(call); break;
                        case UnitEffect.WriteDropIn write: inputs.Enqueue(new UnitInput.DropInDone(write.Unit, random.Next(2) == 0)); break;
                        case UnitEffect.RemoveDropIn remove: inputs.Enqueue(new UnitInput.DropInDone(remove.Unit, random.Next(2) == 0)); break;
                        case UnitEffect.Finish finish: Assert.That(open.Remove(finish.Id), $"operation {finish.Id} ended, which was not open"); break;
                    }
            }
        }
        for (var step = 0; step < 3000; step++)
        {
            switch (random.Next(12))
            {
                case 0: Step(new UnitInput.Watch(Any(Units))); break;
                case 1 or 2:
                    open[++last] = now + TimeSpan.FromSeconds(random.Next(1, 60));
                    Step(new UnitInput.Request(last, Any(Enum.GetValues<UnitAction>()), Any(Units), open[last]));
                    break;
                case 3 when random.Next(8) == 0:
                    calls.Clear();
                    Step(random.Next(2) == 0 ? new UnitInput.Lost("away") : new UnitInput.Connected());
                    break;
                case 3 or 4 or 5 or 6 when calls.Count > 0:
                    var call = Any(calls);
                    calls.Remove(call);
                    Step(random.Next(8) == 0 ? new UnitInput.Refused(call.Id, Any(Errors), "no") : new UnitInput.Answered(call.Id, call.Method == SystemdMethod.ReadUnit ? Facts(whole: true) : null, $"/job/{++job}"));
                    break;
                case 7 or 8: Step(new UnitInput.Changed(UnitName.Path(UnitName.Full(Any(Units))), Facts(whole: false))); break;
                case 9: Step(new UnitInput.JobRemoved($"/job/{random.Next(job + 1)}", UnitName.Full(Any(Units)), Any((string[])["done", "failed", "canceled"]))); break;
                case 10 when random.Next(5) == 0: Step(new UnitInput.Reloaded()); break;
                default:
                    now += TimeSpan.FromMilliseconds(random.Next(3000));
                    Step(new UnitInput.Tick());
                    Assert.That(open.Values.Where(deadline => deadline <= now), Is.Empty, "operations whose time is over");
                    break;
            }
        }
    }
}
