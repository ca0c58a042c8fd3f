using Appliance.Stonith;
using Appliance.Stonith.Fencer;

namespace Appliance.Fencing.Tests;

public class The_file_of_the_fencing_history
{
    [Test]
    public void Holds_what_has_ended_and_survives_damage()
    {
        var directory = Directory.CreateTempSubdirectory("fencing").FullName;
        try
        {
            var file = new FencingHistoryFile(Path.Combine(directory, "history"));
            Assert.That(file.Load(), Is.Empty, "the first start");
            var done = new FencingRecord("a-1", "b", FenceAction.Off, "a", "test", "a", FencingState.Done, DateTimeOffset.FromUnixTimeMilliseconds(5), "");
            file.Store([done, done with { Id = "a-2", Completed = null, State = FencingState.Execute }]);
            Assert.That(file.Load(), Is.EqualTo(new[] { done }));
            File.AppendAllText(Path.Combine(directory, "history"), "nonsense\n,,,\n");
            Assert.That(file.Load(), Is.EqualTo(new[] { done }));
            Assert.That(File.GetUnixFileMode(Path.Combine(directory, "history")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
