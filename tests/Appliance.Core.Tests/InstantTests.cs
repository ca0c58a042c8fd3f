using Appliance.Core;

namespace Appliance.Core.Tests;

public class An_instant
{
    [Test]
    public void Never_stays_never_however_much_is_added()
    {
        Assert.That(Instant.Never + TimeSpan.FromDays(1), Is.EqualTo(Instant.Never));
        Assert.That(new Instant(long.MaxValue - 5) + TimeSpan.FromTicks(6), Is.EqualTo(Instant.Never));
    }

    [Test]
    public void Differs_from_another_by_a_span() =>
        Assert.That(new Instant(70) - new Instant(20), Is.EqualTo(TimeSpan.FromTicks(50)));
}
