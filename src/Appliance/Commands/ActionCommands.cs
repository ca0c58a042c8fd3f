using Appliance.Control;

namespace Appliance.Commands;

/// <summary><c>appliance cleanup KEY</c>, <c>appliance monitor on|off [KEY]</c> and <c>appliance upgrade</c>: one request, one answer. Exit status: 0 done, 1 refused, 2 not running.</summary>
internal static class ActionCommands
{
    public static int Cleanup(string key) => Do("cleanup", new("cleanup", Key: key));

    public static int Monitor(string state, string? key) => Do("monitor", new("monitor", Name: state, Key: key));

    public static int Upgrade() => Do("upgrade", new("upgrade"));

    private static int Do(string command, ControlRequest request)
    {
        try
        {
            var answer = ControlClient.Once(request, TimeSpan.FromSeconds(10));
            if (answer.Ok)
            {
                Console.Out.WriteLine(answer.Text);
                return 0;
            }
            Console.Error.WriteLine($"appliance {command}: {answer.Error}");
            return 1;
        }
        catch (NotRunningException e)
        {
            Console.Error.WriteLine($"appliance {command}: {e.Message}");
            return StatusCommand.NotRunning;
        }
    }
}
