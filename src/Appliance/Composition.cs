using Appliance.Control;
using Appliance.Core.Resources;
using Appliance.Fencing;
using Appliance.Haresources;
using Appliance.Linux;
using Appliance.Lrm.Classes;
using Appliance.Lrm;
using Appliance.Pulse;

namespace Appliance;

/// <summary>What the daemon is put together from, in one place.</summary>
internal static class Composition
{
    /// <summary>This machine.</summary>
    public static SystemFacts Facts { get; } = new(ScriptExists) { SpeaksStonith = DeviceDesk.Speaks, JudgesStonith = DeviceDesk.Problems };

    public static AdministratorFiles Files(string directory = "/etc/ha.d") => new(Facts, directory);

    public static int Heartbeat(string[] args)
    {
        MemoryLimit.Hold();
        return HeartbeatApplet.Run(args, new HeartbeatFiles(), Files());
    }

    public static int Control(string[] args)
    {
        var files = Files();
        return ControlProcess.Run(args, new ControlComposition(
            files.ParseHaCf,
            files.ReadKeysText,
            (haCf, text) =>
            {
                var read = files.ParseGroups(haCf, text);
                return new GroupsRead(read.Value?.Groups, read.Diagnostics);
            },
            options => new ResourceManager(options),
            log => new ResourceExecutor(new LrmPaths(), log.FromAgent)));
    }

    private static bool ScriptExists(string name) => AgentSpec.Parse(name) is { } agent ? AgentFiles.Exists(agent, new()) :
        new AgentLocator(new LrmPaths(), (_, _, _) => { }).Find(name, new Dictionary<string, string>()) is not AgentLocation.Missing;
}
