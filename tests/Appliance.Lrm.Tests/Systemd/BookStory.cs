using Appliance.Core;
using Appliance.Lrm.Systemd;

namespace Appliance.Lrm.Tests.Systemd;

/// <summary>A book of units, its clock in the test's hand, and a systemd played by the test.</summary>
internal sealed class BookStory
{
    public const string Foo = "foo.service";
    public const string Own = "heartbeat.service";

    private readonly UnitBook _book = new(Own);
    private readonly List<UnitEffect.Call> _calls = [];
    private readonly List<string> _lines = [];
    private readonly Dictionary<string, OperationAnswer> _answers = [];

    public sealed record OperationAnswer(UnitEffect.Publish Publish);

    public Instant Now { get; private set; } = new(0);

    /// <summary>Files that the test pretends to be on disk.</summary>
    public HashSet<string> DropIns { get; } = [];

    /// <summary>What happened since the last look: calls on foo, files, results, reports. Readings are left out: each change has one.</summary>
    public string[] Seen
    {
        get
        {
            string[] lines = [.. _lines];
            _lines.Clear();
            return lines;
        }
    }

    public Instant NextDeadline => _book.NextDeadline;

    /// <summary>What a monitor is answered now: a code, or "wait".</summary>
    public string Monitor(string unit = Foo) => _answers.TryGetValue(unit, out var a) && a.Publish.Answer is { } answer ? $"{answer.ExitCode}" : "wait";

    public void Step(UnitInput input)
    {
        Queue<UnitInput> inputs = new([input]);
        while (inputs.TryDequeue(out var next))
        {
            List<UnitEffect> effects = [];
            _book.Step(next, Now, effects);
            foreach (var effect in effects)
            {
                switch (effect)
                {
                    case UnitEffect.Call call:
                        _calls.Add(call);
                        if (call.Method is not (SystemdMethod.LoadUnit or SystemdMethod.RefUnit or SystemdMethod.ReadUnit or SystemdMethod.Subscribe or SystemdMethod.Ping))
                            _lines.Add($"{call.Method} {call.Unit}".TrimEnd());
                        break;
                    case UnitEffect.WriteDropIn write:
                        _lines.Add($"write {write.Unit}");
                        inputs.Enqueue(new UnitInput.DropInDone(write.Unit, DropIns.Add(write.Unit)));
                        break;
                    case UnitEffect.RemoveDropIn remove:
                        _lines.Add($"remove {remove.Unit}");
                        inputs.Enqueue(new UnitInput.DropInDone(remove.Unit, DropIns.Remove(remove.Unit)));
                        break;
                    case UnitEffect.Finish finish: _lines.Add($"{finish.Id}: {finish.Result.Outcome} {finish.Result.ExitCode} {finish.Result.Reason}".TrimEnd()); break;
                    case UnitEffect.Report report: _lines.Add($"{report.Change.Unit} {report.Change.Event}: {report.Change.State}"); break;
                    case UnitEffect.Publish publish: _answers[publish.Unit] = new(publish); break;
                    case UnitEffect.Forget forget: _lines.Add($"forget {forget.Unit}"); break;
                    case UnitEffect.Warn warn: _lines.Add($"warn {warn.Text}"); break;
                }
            }
        }
    }

    public void Ask(long id, UnitAction action, double seconds = 20, string unit = "foo") => Step(new UnitInput.Request(id, action, unit, Now + TimeSpan.FromSeconds(seconds)));

    public void Pass(double seconds)
    {
        Now += TimeSpan.FromSeconds(seconds);
        Step(new UnitInput.Tick());
    }

    /// <summary>The call that waits longest for its answer.</summary>
    public long Open(SystemdMethod method, string unit = Foo)
    {
        var at = _calls.FindIndex(c => c.Method == method && c.Unit == unit);
        Assert.That(at, Is.Not.Negative, $"{method} {unit} was not called");
        var call = _calls[at];
        _calls.RemoveAt(at);
        return call.Id;
    }

    public bool HasCalled(SystemdMethod method, string unit = Foo) => _calls.Exists(c => c.Method == method && c.Unit == unit);

    public void Connect()
    {
        _calls.Clear();
        Step(new UnitInput.Connected());
    }

    public void Read(string active, string sub = "", string load = "loaded", string job = "", string unit = Foo, bool conditions = true) =>
        Step(new UnitInput.Answered(Open(SystemdMethod.ReadUnit, unit), new()
        {
            Load = load, Active = active, Sub = sub, Job = job, ConditionsHold = conditions, HasDropIn = DropIns.Contains(unit) && !HasCalled(SystemdMethod.Reload, ""),
        }));

    public void Reload()
    {
        Step(new UnitInput.Answered(Open(SystemdMethod.Reload, "")));
        Step(new UnitInput.Reloaded());
    }

    public void Answer(SystemdMethod method, string job) => Step(new UnitInput.Answered(Open(method), Job: job));

    public void Refuse(SystemdMethod method, string error, string text = "no") => Step(new UnitInput.Refused(Open(method), error, text));

    public void Change(string active, string sub = "", string? job = null, string? result = null, string unit = Foo) =>
        Step(new UnitInput.Changed(UnitName.Path(unit), new() { Active = active, Sub = sub, Job = job, Result = result }));

    public void EndJob(string job, string result, string unit = Foo) => Step(new UnitInput.JobRemoved(job, unit, result));

    /// <summary>Connected, foo watched and read.</summary>
    public static BookStory With(string active, string sub = "", string load = "loaded", bool dropIn = false)
    {
        BookStory story = new();
        if (dropIn) story.DropIns.Add(Foo);
        story.Connect();
        story.Step(new UnitInput.Watch("foo"));
        story.Read("active", "running", unit: Own);
        story.Read(active, sub, load);
        _ = story.Seen;
        return story;
    }

    /// <summary>The same, and the drop-in is in force.</summary>
    public static BookStory Managed(string active, string sub = "")
    {
        var story = With(active, sub);
        story.Ask(99, UnitAction.Manage);
        story.Reload();
        if (story.HasCalled(SystemdMethod.ReadUnit)) story.Read(active, sub);
        _ = story.Seen;
        return story;
    }

    /// <summary>Managed, and systemd works on the operation as /job/7.</summary>
    public static BookStory Working(UnitAction action, string active, string sub)
    {
        var story = Managed(active, sub);
        story.Ask(1, action);
        story.Answer(action switch
        {
            UnitAction.Start => SystemdMethod.StartUnit,
            UnitAction.Stop => SystemdMethod.StopUnit,
            UnitAction.Restart => SystemdMethod.RestartUnit,
            _ => SystemdMethod.ReloadUnit,
        }, "/job/7");
        _ = story.Seen;
        return story;
    }
}
