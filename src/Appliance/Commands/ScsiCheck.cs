using System.Globalization;
using Appliance.Core;
using Appliance.Fencing;
using Appliance.Linux;
using Appliance.Stonith;
using Appliance.Stonith.Devices.Scsi;

namespace Appliance.Commands;

/// <summary><c>appliance fence check-scsi</c>: was this machine cut off from its shared disks? For a watchdog, which then starts it again.</summary>
/// <remarks>
/// Also a test of watchdog(8) (<c>/etc/watchdog.d</c>: called with <c>test</c>, after a failure with <c>repair STATUS</c>), and fence-agents' <c>fence_scsi_check</c>. Departures from that: a key that is missing
/// from one of several disks is enough, as whoever fences takes all of them; and a disk that cannot be read is no reason for <c>test</c> to fail, as it is none to start a machine again.
/// </remarks>
internal static class ScsiCheck
{
    public const string Word = "check-scsi";
    private const int There = 0, Unknown = 1, Gone = 2, UsageError = 64;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    public static int Run(string[] args)
    {
        var (again, sleep, isTest) = (1, 1.0, false);      // a look more: keys may be away for a moment while a disk changes its controller
        for (var i = 0; i < args.Length; i++)
        {
            var (word, value) = args[i].IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (args[i][..at], args[i][(at + 1)..]) : (args[i], i + 1 < args.Length ? args[i + 1] : "");
            if (word is "--retry" or "--retry-sleep" && !args[i].Contains('=', StringComparison.Ordinal)) i++;
            switch (word)
            {
                case "test" when i == args.Length - 1: isTest = true; break;
                // Nothing here repairs: the status again means that it is as bad as it was.
                case "repair": return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is > 0 and < 256 ? status : Gone;
                case "--retry" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out again): break;
                case "--retry-sleep" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out sleep) && sleep <= 60: break;
                default:
                    Console.Error.WriteLine($"Usage: appliance fence {Word} [--retry N] [--retry-sleep SECONDS] [test|repair STATUS]");
                    return UsageError;
            }
        }
        var verdict = Look();
        for (; again > 0 && verdict is { IsProven: true, State: PowerState.Off }; again--)
        {
            Thread.Sleep(TimeSpan.FromSeconds(sleep));
            verdict = Look();
        }
        (verdict is { IsProven: true, State: PowerState.On } ? Console.Out : Console.Error).WriteLine(verdict.Sentence);
        return !verdict.IsProven ? isTest ? There : Unknown : verdict.State == PowerState.Off ? Gone : There;
    }

    private static DeviceVerdict Look()
    {
        var check = new KeyCheck(RegisteredKeys.OfMachine.Noted()) { Deadline = Clock.Now() + Longest };
        return new ConversationRunner(_ => { }, CancellationToken.None).Run(check);
    }
}
