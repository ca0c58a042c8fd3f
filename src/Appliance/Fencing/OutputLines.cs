using Appliance.Linux;
using Appliance.Stonith.Conversations;

namespace Appliance.Fencing;

/// <summary>Sets and reads single lines. What was set is held for the life of the process, so that a relay stays where it was put.</summary>
internal static class OutputLines
{
    private static readonly Lock s_lock = new();
    private static readonly SortedDictionary<string, ModemLines> s_ports = new(StringComparer.Ordinal);
    private static readonly SortedDictionary<string, GpioLine> s_outputs = new(StringComparer.Ordinal);

    public static void Set(SetLine step) => step.Failure = Try(step.Device, () =>
    {
        if (uint.TryParse(step.Line, out var offset))
        {
            var key = $"{step.Device}:{offset}";
            if (!s_outputs.TryGetValue(key, out var line)) s_outputs[key] = line = GpioLine.Drive(step.Device, offset, step.Active);
            line.Value = step.Active;
        }
        else Port(step.Device, (step.Line, step.Active)).Set(step.Line, step.Active);
    });

    public static void Read(ReadLine step) => step.Failure = Try(step.Device, () =>
    {
        if (!uint.TryParse(step.Line, out var offset))
        {
            step.Active = Port(step.Device, step.Rest).Get(step.Line);
            return;
        }
        if (s_outputs.TryGetValue($"{step.Device}:{offset}", out var held))
        {
            step.Active = held.Value;
            return;
        }
        using var line = GpioLine.Watch(step.Device, offset, isOutput: step.Rest?.Line == step.Line);
        step.Active = line.Value;
    });

    private static ModemLines Port(string path, (string Line, bool Active)? rest)
    {
        if (!s_ports.TryGetValue(path, out var port)) s_ports[path] = port = new(path, rest);
        return port;
    }

    private static string? Try(string device, Action work)
    {
        lock (s_lock)
        {
            try
            {
                work();
                return null;
            }
            catch (IOException e)
            {
                LetGo(device, isGone: e is LinuxException { Errno: Errno.ENODEV });
                return e.Message;
            }
        }
    }

    /// <summary>What failed is opened anew the next time: an adapter may have been unplugged and plugged in again. A port keeps its lines when it is closed; a GPIO line does not, and is let go only with its chip.</summary>
    private static void LetGo(string device, bool isGone)
    {
        if (s_ports.Remove(device, out var port)) port.Dispose();
        if (!isGone) return;
        foreach (var key in new List<string>(s_outputs.Keys))
            if (key.StartsWith(device + ":", StringComparison.Ordinal) && s_outputs.Remove(key, out var line)) line.Dispose();
    }
}
