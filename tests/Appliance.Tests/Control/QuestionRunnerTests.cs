using System.Collections.Immutable;
using System.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Lrm;

namespace Appliance.Control.Tests;

/// <summary>The monitor's questions, with real scripts.</summary>
public class A_question_of_the_monitor
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private string _directory = null!;
    private Deeds _deeds = null!;
    private Inbox _inbox = null!;
    private ResourceExecutor _executor = null!;
    private OperationRunner _operations = null!;
    private QuestionRunner _questions = null!;

    [SetUp]
    public void Make()
    {
        _directory = Directory.CreateTempSubdirectory("questions").FullName;
        Directory.CreateDirectory(Path.Combine(_directory, "resource.d"));
        var script = Path.Combine(_directory, "resource.d", "Answers");
        File.WriteAllText(script, "#!/bin/sh\ncase $1 in sleeps) exec sleep 60;; esac\necho running\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _deeds = new Deeds();
        _inbox = new Inbox();
        _executor = new ResourceExecutor(new LrmPaths { HaDirectory = _directory, StateDirectory = _directory + "/state" }, (_, _, _) => { });
        var environment = ImmutableSortedDictionary<string, string>.Empty.Add("PATH", "/usr/bin:/bin");
        _operations = new OperationRunner(_executor, environment, _inbox, _deeds.Log);
        _questions = new QuestionRunner(_executor, environment, _inbox, _deeds.Log);
    }

    [TearDown]
    public void Close()
    {
        _questions.Dispose();
        _operations.Dispose();
        _executor.Dispose();
        _inbox.Dispose();
        _deeds.Dispose();
        Directory.Delete(_directory, true);
    }

    private void Ask(int id, string argument, TimeSpan within) => _questions.Ask(id, "key", new("Answers::" + argument, "Answers", [argument]), within);

    private ControlInput Next()
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Long)
        {
            if (_inbox.TryTake(out var input)) return input;
            Thread.Sleep(5);
        }
        throw new AssertionException("no answer");
    }

    private ControlInput.Answered Answer() => (ControlInput.Answered)Next();

    [Test]
    public void Is_answered()
    {
        Ask(1, "now", Long);
        var answer = Answer();
        Assert.That((answer.OperationId, answer.Result.Outcome), Is.EqualTo((1, OperationOutcome.Ok)));
    }

    [Test]
    public void That_hangs_ends_in_its_own_time_and_is_no_plain_failure()
    {
        var clock = Stopwatch.StartNew();
        Ask(3, "sleeps", TimeSpan.FromMilliseconds(300));
        var answer = Answer();
        Assert.That((answer.Result.Outcome, answer.Result.Reason), Is.EqualTo((OperationOutcome.TimedOut, "no answer within 0.3 s")));
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)));
    }

    [Test]
    public void Can_be_cut_short_and_ends_all_the_same()
    {
        Ask(4, "sleeps", Long);
        Thread.Sleep(200);
        _questions.Cancel(4);
        _questions.Cancel(99);     // one that ended meanwhile
        Assert.That(Answer().OperationId, Is.EqualTo(4));
    }

    [Test]
    public void Stands_in_nobody_s_way_however_many_hang()
    {
        for (var id = 100; id < 200; id++) Ask(id, "sleeps", Long);
        _operations.Start(7, "key", new("Answers::now", "Answers", ["now"]), ResourceAction.Status);
        Assert.That(Next(), Is.InstanceOf<ControlInput.OperationEnded>(), "the operation of a start or a stop goes first");
    }
}
