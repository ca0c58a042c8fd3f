using System.Text.Json;
using Appliance.Commands.Pages;
using Appliance.Control;

namespace Appliance.Commands;

/// <summary><c>appliance status</c>: everything this node knows. Exit status: 0 all is well, 1 degraded, 2 not running (or no answer).</summary>
internal static class StatusCommand
{
    public const int Degraded = 1, NotRunning = 2;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5), Between = TimeSpan.FromSeconds(1);

    public static int Run(bool json, bool watch)
    {
        if (!watch) return Show(json, null);
        using var stop = new ManualResetEventSlim();
        using var interrupt = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            stop.Set();
        });
        int exit;
        do exit = Show(json, json || Console.IsOutputRedirected ? null : "\u001b[H\u001b[2J");      // cursor home, clear: ECMA-48
        while (!stop.Wait(Between));
        return exit;
    }

    /// <summary>A status of the running daemon.</summary>
    /// <exception cref="NotRunningException">There is none, or it refused.</exception>
    public static StatusView Ask()
    {
        var answer = ControlClient.Once(new("status"), AnswerWithin);
        return answer.Status ?? throw new NotRunningException(answer.Error ?? "the daemon gave no status", running: true);
    }

    private static int Show(bool json, string? before)
    {
        StatusView status;
        try
        {
            status = Ask();
        }
        catch (NotRunningException e)
        {
            Console.Out.Write(before);
            Console.Error.WriteLine($"appliance status: {e.Message}");
            return NotRunning;
        }
        if (json) Console.Out.WriteLine(JsonSerializer.Serialize(status, ApplianceJson.Default.StatusView));
        else
        {
            Console.Out.Write(before);
            StatusRendering.Render(Page.OfConsole(), status, DateTimeOffset.Now);
        }
        return status.Health == "ok" ? 0 : Degraded;
    }
}
