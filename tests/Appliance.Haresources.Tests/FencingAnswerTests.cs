using Appliance.Stonith.Fencer;

namespace Appliance.Haresources.Tests;

public class The_answer_of_the_fencer
{
    [TestCase(FencingOutcome.Done, FencingResult.Confirmed)]
    [TestCase(FencingOutcome.Failed, FencingResult.Failed)]
    [TestCase(FencingOutcome.TimedOut, FencingResult.TimedOut)]
    [TestCase(FencingOutcome.NoDevice, FencingResult.BadHost)]
    public void Confirms_nothing_but_what_is_done(FencingOutcome outcome, FencingResult result)
    {
        var answer = FencingAnswer.Of(7, new("a-1-1", outcome, "", "alpha"));
        Assert.That(answer, Is.EqualTo(new ResourceManagerInput.FencingEnded(7, result, "by alpha")));
    }
}
