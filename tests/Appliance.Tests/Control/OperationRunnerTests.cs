using System.Collections.Immutable;
using System.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Lrm;

namespace Appliance.Control.Tests;

/// <summary>Operations on threads, with an executor that breaks its promise.</summary>
public class The_runner_of_operations
{
    /// <summary>Throws where it promised not to.</summary>
    private sealed class Broken : IResourceExecutor
    {
        public event Action<AgentSpec, string>? Lost { add { } remove { } }

        public Task<OperationResult> ExecuteAsync(string groupKey, ResourceSpec resource, ResourceAction action, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel) =>
            throw new InvalidOperationException("it is broken");

        public void Announce(ResourceSpec resource, ImmutableSortedDictionary<string, string> environment) => throw new InvalidOperationException($"{resource} is broken");
    }

    [Test]
    public void Survives_whatever_an_agent_throws_and_says_so()
    {
        using var deeds = new Deeds();
        using var inbox = new Inbox();
        using (var runner = new OperationRunner(new Broken(), ImmutableSortedDictionary<string, string>.Empty, inbox, deeds.Log))
        {
            runner.Announce("web", [new("IPaddr2::10.0.0.1", "IPaddr2", ["10.0.0.1"]), new("IPaddr2::10.0.0.2", "IPaddr2", ["10.0.0.2"])]);
            runner.Start(1, "web", new("Dummy", "Dummy", []), ResourceAction.Start);
            ControlInput? ended = null;
            var clock = Stopwatch.StartNew();
            while (ended is null && clock.Elapsed < TimeSpan.FromSeconds(20))
                if (inbox.TryTake(out var input)) ended = input;
                else Thread.Sleep(5);
            Assert.That(((ControlInput.OperationEnded)ended!).Result.Outcome, Is.EqualTo(OperationOutcome.Failed));
            Thread.Sleep(200);      // the announcement has a thread of its own
        }
        Assert.That(deeds.Logged(), Has.Some.Contains("IPaddr2::10.0.0.1 is broken").And.Some.Contains("IPaddr2::10.0.0.2 is broken").And.Some.Contains("it is broken"));
    }
}
