using Appliance.Core;
using Appliance.Linux;
using Appliance.Stonith;
using Appliance.Stonith.Conversations;

namespace Appliance.Fencing;

/// <summary>Has a conversation with the world, on the calling thread: does each step, up to the deadline.</summary>
/// <param name="say">Where an operator is called.</param>
internal sealed class ConversationRunner(Action<string> say, CancellationToken cancel)
{
    /// <summary>The verdict; always one, and never an exception: what the world refuses is an answer too.</summary>
    public DeviceVerdict Run(Conversation conversation)
    {
        using var line = Lines.To(conversation.Endpoint);
        conversation.Now = Clock.Now();
        using var steps = conversation.Steps().GetEnumerator();
        while (true)
        {
            conversation.Now = Clock.Now();
            if (cancel.IsCancellationRequested) return CutOff(conversation, line, "it was cancelled");
            if (conversation.Now >= conversation.Deadline) return CutOff(conversation, line, "the time was up");
            if (!steps.MoveNext()) break;
            conversation.Now = Clock.Now();
            Do(steps.Current, conversation, line);
        }
        if (!conversation.Farewell.IsEmpty) line.Send(conversation.Farewell.Span);
        return conversation.Verdict ?? throw new InvariantViolation($"{conversation.GetType().FullName} ended without a verdict");
    }

    private static DeviceVerdict CutOff(Conversation conversation, ILine line, string why)
    {
        if (!conversation.Farewell.IsEmpty) line.Send(conversation.Farewell.Span);
        return new(VerdictKind.TimedOut, conversation.Doing.Length > 0 ? $"{why} while {conversation.Doing}" : why);
    }

    private void Do(Step step, Conversation conversation, ILine line)
    {
        switch (step)
        {
            case Exchange exchange: line.Exchange(exchange, conversation.Deadline, cancel); break;
            case Tell tell: line.Send(tell.Message.Span); break;
            case Say say: line.Say(say, conversation.Deadline, cancel); break;
            case Pause pause: cancel.WaitHandle.WaitOne(Least(pause.Length, conversation.Deadline - Clock.Now())); break;
            case RunProgram run: Programs.Run(run, conversation.Deadline, cancel); break;
            case SetLine set: OutputLines.Set(set); break;
            case ReadLine read: OutputLines.Read(read); break;
            case AskOperator ask: Operators.Ask(ask, conversation.Deadline, say, cancel); break;
            case ScsiCommand scsi: ScsiBus.Send(scsi, conversation.Deadline); break;
            case FindPaths find: find.Paths = ScsiBus.Paths(find.Device); break;
            case NoteKey note: RegisteredKeys.OfMachine.Note(note); break;
            case SectorAccess access: Sectors.Access(access, conversation.Deadline); break;
            default: throw new InvariantViolation($"nobody does the step {step.GetType().Name}");
        }
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b > TimeSpan.Zero ? b : TimeSpan.Zero;
}
