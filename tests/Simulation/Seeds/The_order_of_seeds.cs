namespace Appliance.Simulation.Seeds;

public class The_order_of_seeds
{
    [TestCase(1UL, 10UL, 3UL, 0UL, "1 2 3 4 5 6 7 8 9 10")]
    [TestCase(1UL, 10UL, 3UL, 5UL, "1 2 3 9 10 4 5 6 7 8")]
    [TestCase(1UL, 10UL, 3UL, 12UL, "1 2 3 9 10 4 5 6 7 8")]
    [TestCase(4UL, 6UL, 10UL, 1UL, "4 5 6")]
    [TestCase(4UL, 6UL, 0UL, 1UL, "5 6 4")]
    public void Has_the_first_ones_first_and_each_once(ulong from, ulong to, ulong always, ulong turn, string expected) =>
        Assert.That(string.Join(' ', SeedSweep.InOrder(from, to, always, turn)), Is.EqualTo(expected));
}
