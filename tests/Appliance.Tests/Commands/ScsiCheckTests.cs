namespace Appliance.Commands.Tests;

/// <summary>The words of <c>appliance fence check-scsi</c>; what it finds on disks is KeyCheck's.</summary>
public class Scsi_check
{
    /// <summary>A test's status again says that nothing was repaired; 0 would say that it was.</summary>
    [TestCase(2, "repair", "2")]
    [TestCase(1, "repair", "1")]
    [TestCase(2, "repair", "0")]
    [TestCase(2, "repair", "-5")]
    [TestCase(2, "repair", "256")]
    [TestCase(2, "repair")]
    [TestCase(64, "bogus")]
    [TestCase(64, "test", "more")]
    [TestCase(64, "--retry")]
    [TestCase(64, "--retry", "-1")]
    [TestCase(64, "--retry=x")]
    [TestCase(64, "--retry-sleep", "61")]
    [TestCase(64, "--retry-sleep=1,5")]
    public void Ends_with(int status, params string[] args) => Assert.That(ScsiCheck.Run(args), Is.EqualTo(status));

    [Test]
    public void Stands_in_for_fence_agents_program() => Assert.That((Applets.Find("fence_scsi_check"), Applets.Find("fence_mpath_check")), Is.EqualTo(((Func<string[], int>)ScsiCheck.Run, (Func<string[], int>)ScsiCheck.Run)));
}
