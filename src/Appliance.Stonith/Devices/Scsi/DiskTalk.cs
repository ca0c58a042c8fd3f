using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Scsi;

/// <summary>Commands to shared disks one after the other, and what the last of them came to.</summary>
/// <param name="writeTime">How long a disk may take to change registrations; a preemption waits for what it aborts.</param>
internal sealed class DiskTalk(TimeSpan writeTime)
{
    private const int MostAgain = 8;
    private static readonly TimeSpan ReadTime = TimeSpan.FromSeconds(5), BusyPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Why the last command, or the last look, came to nothing; <c>null</c> when it did come to something.</summary>
    public DeviceVerdict? Trouble { get; private set; }

    /// <summary>The last command met a reservation conflict: our registration is gone, or a reservation keeps us out.</summary>
    public bool WasRefused { get; private set; }

    /// <summary>Keys at the last look, one for each way to the disk.</summary>
    public ImmutableArray<ulong> Keys { get; private set; } = [];

    /// <summary>The reservation at the last look; type 0: none.</summary>
    public (ulong Key, byte Type) Holder { get; private set; }

    /// <summary>Data of the last command.</summary>
    public ReadOnlyMemory<byte> Answer { get; private set; }

    /// <summary>Only those that are registered write: types 5 to 8. Types 1 and 3 keep all but one machine out, and that one perhaps is the victim.</summary>
    public bool IsReserved => Holder.Type is >= Reservations.WriteExclusiveRegistrants and <= Reservations.ExclusiveAccessAllRegistrants;

    /// <summary>Reads keys and reservation.</summary>
    public IEnumerable<Step> Look(string device)
    {
        (Keys, Holder) = ([], default);
        foreach (var step in Send(device, Reservations.KeysCommand, default, Reservations.Room)) yield return step;
        if (Trouble is not null) yield break;
        if (Reservations.Keys(Answer.Span) is not { } keys)
        {
            Trouble = new(VerdictKind.Garbled, $"{device}: the list of keys is damaged");
            yield break;
        }
        foreach (var step in Send(device, Reservations.ReservationCommand, default, Reservations.Room)) yield return step;
        if (Trouble is not null) yield break;
        if (Reservations.Reservation(Answer.Span) is { } holder) (Keys, Holder) = (keys, holder);
        else Trouble = new(VerdictKind.Garbled, $"{device}: the reservation is damaged");
    }

    /// <summary>One command that changes something, and a look at what became of it. Never sent again when its answer is lost: the look says whether it was done.</summary>
    /// <remarks><see cref="Trouble"/> is the look's then; the command's own is in <paramref name="lost"/>, for the sentence.</remarks>
    public IEnumerable<Step> Change(string device, (ImmutableArray<byte> Command, byte[] Parameters) change, Action<DeviceVerdict?> lost)
    {
        foreach (var step in Send(device, change.Command, change.Parameters, 0)) yield return step;
        var (trouble, refused) = (Trouble, WasRefused);
        foreach (var step in Look(device)) yield return step;
        WasRefused = refused;
        lost(trouble);
    }

    /// <summary>One command; a unit attention (a reset, somebody's preemption) is taken away and the command is sent again, as it was not carried out.</summary>
    public IEnumerable<Step> Send(string device, ImmutableArray<byte> command, ReadOnlyMemory<byte> parameters, int dataIn)
    {
        (Trouble, WasRefused, Answer) = (null, false, default);
        for (var again = 0; ; again++)
        {
            var scsi = new ScsiCommand(device, command, parameters, dataIn, dataIn > 0 ? ReadTime : writeTime);
            yield return scsi;
            Answer = scsi.Data;
            if (scsi.Failure is { } failure)
            {
                Trouble = new(VerdictKind.Unreachable, $"{device}: {failure}");
                yield break;
            }
            var sense = SenseData.Read(scsi.Sense.Span);
            switch (scsi.Status)
            {
                case Reservations.Good: yield break;
                case Reservations.Conflict:
                    (WasRefused, Trouble) = (true, new(VerdictKind.NotAllowed, $"{device} refuses: reservation conflict"));
                    yield break;
                case Reservations.Busy or Reservations.TaskSetFull when again < MostAgain:
                    yield return new Pause(BusyPause);
                    continue;
                case Reservations.CheckCondition when sense is { IsAttention: true } && again < MostAgain:
                    yield return new ScsiCommand(device, Reservations.TestReady, default, 0, ReadTime);
                    continue;
                case Reservations.CheckCondition when sense is { IsTransient: true } && again < MostAgain:
                    yield return new Pause(BusyPause);
                    continue;
                case Reservations.CheckCondition when sense is { } known:
                    Trouble = known.Meaning(device);
                    yield break;
            }
            Trouble = new(VerdictKind.Garbled, $"{device}: status {scsi.Status:X2}, sense {Convert.ToHexString(scsi.Sense.Span)}");
            yield break;
        }
    }
}
