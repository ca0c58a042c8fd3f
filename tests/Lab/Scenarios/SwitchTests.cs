using System.Security.Cryptography;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Scenarios;

/// <summary>A pair of 3.0.6 is switched to ours and back, one machine at a time, while it works.</summary>
public sealed class SwitchTests : LabTest
{
    [Test]
    public void Machine_after_machine_and_back_with_the_files_untouched()
    {
        if (Implementation.Ours.Missing() is { } reason) Assert.Ignore(reason);
        var pair = Make(Pairing.RealReal).Settled();
        var files = Fingerprint(pair);
        foreach (var (host, next) in new[]
        {
            (pair.Alpha, Implementation.Ours), (pair.Beta, Implementation.Ours),
            (pair.Alpha, Implementation.Real), (pair.Beta, Implementation.Real),
        })
        {
            TestContext.Out.WriteLine($"{host.Name} is switched to {next}");
            var other = pair.Other(host);
            host.Stop();
            pair.WaitSettled(other, other);
            host.Implementation = next;
            host.Start();
            pair.WaitActive();
            pair.WaitSettled(pair.Alpha, pair.Beta);
            Assert.That(Fingerprint(pair), Is.EqualTo(files), "the administrator's files");
        }
        pair.AssertNeverTwice();
    }

    private static string Fingerprint(Pair pair) => string.Join('\n', pair.Hosts.SelectMany(h => new[] { "ha.cf", "authkeys", "haresources" }
        .Select(f => Path.Combine(h.Etc, f))
        .Select(f => $"{f} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))} {File.GetLastWriteTimeUtc(f):O}")));
}
