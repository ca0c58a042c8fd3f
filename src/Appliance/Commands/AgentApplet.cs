using System.Collections;
using System.Globalization;
using System.Net;
using Appliance.Linux;
using Appliance.Lrm;
using Appliance.Lrm.Agents;

namespace Appliance.Commands;

/// <summary>The built-in agents as programs: <c>appliance agent NAME [ARGUMENTS] ACTION</c>, or a link named as the agent.</summary>
internal static class AgentApplet
{
    private const string AnnounceWord = "--announce";

    /// <summary><c>appliance agent</c>: without words, the list of agents.</summary>
    public static int Run(string[] args)
    {
        if (args is [AnnounceWord, .. var announcement]) return Announce(announcement);
        if (args.Length == 0 || args[0] is "-h" or "--help" or "help" or "list")
        {
            Console.WriteLine("Usage: appliance agent NAME [ARGUMENT...] {start|stop|status|monitor|validate-all|meta-data|usage}");
            Console.WriteLine("       OCF_RESKEY_PARAMETER=VALUE ... appliance agent NAME ACTION");
            Console.WriteLine("Agents, and their arguments in haresources:");
            foreach (var agent in AgentRegistry.All)
                Console.WriteLine($"  {agent.Description.Name,-11} {agent.Description.Short}\n{"",14}{agent.Description.Name}::{agent.Description.Usage}");
            return OcfCode.Success;
        }
        if (AgentRegistry.Find(args[0]) is { } found) return Run(found, args[1..]);
        Console.Error.WriteLine($"appliance agent: there is no built-in agent '{args[0]}'; there are {string.Join(", ", AgentRegistry.All.Select(a => a.Description.Name))}");
        return OcfCode.Arguments;
    }

    /// <summary>Through a link that has the agent's name; <c>null</c>: no agent has that name.</summary>
    public static Func<string[], int>? Named(string name) => AgentRegistry.Find(name) is { } agent ? args => Run(agent, args) : null;

    private static int Run(BuiltInAgent agent, string[] args)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables()) environment[(string)variable.Key] = variable.Value as string ?? "";
        var state = environment.TryGetValue("HA_RSCTMP", out var directory) && directory.Length > 0 ? directory : new LrmPaths().StateDirectory;
        var background = Background(state);
        using var ending = new CancellationTokenSource();
        using var term = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            ending.Cancel();
        });
        return new AgentCommand(Console.Out, Console.Error, environment, background).Run(agent, args, ending.Token);
    }

    /// <summary>What goes on after this program has ended.</summary>
    internal static DetachedBackground Background(string state) => new(OurProgram(), state, (_, source, text) => Console.Error.WriteLine($"{source}: {text}"));

    /// <summary>This program again, as one that announces; under a development host the host comes first.</summary>
    private static string[] OurProgram()
    {
        var program = Environment.ProcessPath ?? "/proc/self/exe";
        return Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [program, AppContext.BaseDirectory + typeof(AgentApplet).Assembly.GetName().Name + ".dll", "agent", AnnounceWord]
            : [program, "agent", AnnounceWord];
    }

    /// <summary><c>--announce INTERFACE ADDRESS COUNT MILLISECONDS</c>: what <see cref="DetachedBackground"/> starts.</summary>
    private static int Announce(string[] words)
    {
        if (words.Length != 4 || !IPAddress.TryParse(words[1], out var address)
            || !int.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || !int.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)) return OcfCode.Arguments;
        using var netlink = Netlink.Open();
        if (netlink.Links().Find(l => l.Name == words[0]) is not { } link) return OcfCode.Installed;
        Announcing.InForeground(link, address, count, TimeSpan.FromMilliseconds(milliseconds), CancellationToken.None);
        return OcfCode.Success;
    }
}
