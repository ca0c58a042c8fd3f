using System.Globalization;
using System.Text.Json;
using Appliance.Control;

namespace Appliance.Commands.FencingTools;

/// <summary><c>appliance fencing</c>: would this node be able to fence now, how long would it take, and what was fenced. Exit status: 0 every device would work, 1 not, 2 not running.</summary>
internal static class FencingCommand
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    public static int Run(bool json, bool probe)
    {
        try
        {
            if (probe && ControlClient.Once(new("fence-probe", Fencing: new(null, null, 0, 0, 0, "appliance")), AnswerWithin) is { Ok: false } refused) throw new NotRunningException(refused.Error ?? "refused", running: true);
            var answer = ControlClient.Once(new("fencing"), AnswerWithin);
            var view = answer.Fencing ?? throw new NotRunningException(answer.Error ?? "the daemon gave no answer", running: true);
            if (json) Console.Out.WriteLine(JsonSerializer.Serialize(view, ApplianceJson.Default.FencingView));
            else Print(view, Console.Out);
            return view.Devices.IsEmpty || view.Devices.Any(d => d.Ready != true) || view.SharedDisks is { Guarded: false } ? StatusCommand.Degraded : 0;
        }
        catch (NotRunningException e)
        {
            Console.Error.WriteLine($"appliance fencing: {e.Message}");
            return StatusCommand.NotRunning;
        }
    }

    /// <summary>A paragraph for each device, then the latest fencings.</summary>
    public static void Print(FencingView view, TextWriter output)
    {
        if (view.Devices.IsEmpty)
            output.WriteLine("There is no fencing device: a dead node's resources are taken over without proof that it is off.\nGive ha.cf a stonith or stonith_host line for this node (ha.cf(5)).");
        foreach (var device in view.Devices)
        {
            output.WriteLine($"{device.Id} ({device.Agent}): {Readiness(device)}");
            output.WriteLine($"  fences {(device.Targets.IsEmpty ? $"what its {(device.HostCheck == "none" ? "plugin" : "device")} controls" : string.Join(", ", device.Targets))}, in at most {Durations.Text(device.FenceWithinMs)}");
            if (device.Ready == false) output.WriteLine($"  {device.Sentence}");
        }
        foreach (var line in view.SharedDisks?.Lines() ?? []) output.WriteLine(line);
        if (view.History.IsEmpty) output.WriteLine("Nothing was fenced so far.");
        foreach (var each in view.History.Take(10))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{(each.CompletedUnixMs is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "under way          ")}  {each.Action} of {each.Target}: {each.State}{(each.Delegate is null ? "" : $" by {each.Delegate}")}, asked for by {each.Client} on {each.Origin}{(each.Reason.Length > 0 ? $": {each.Reason}" : "")}"));
    }

    private static string Readiness(FencingDeviceView device) => device.Ready switch
    {
        null => "not asked yet whether it would work",
        true => $"ready, seen {Durations.Text(device.AgeMs)} ago, answered in {Durations.Text(device.TookMs)}",
        _ => $"NOT READY, seen {Durations.Text(device.AgeMs)} ago",
    };
}
