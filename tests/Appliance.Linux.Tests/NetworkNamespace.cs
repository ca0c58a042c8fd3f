using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Appliance.Linux.Tests;

/// <summary>A network namespace of a test's own; removed with everything in it at the end.</summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int CLONE_NEWNET = 0x4000_0000;
    private readonly string _name;

    public NetworkNamespace(string prefix)
    {
        World.NeedsRoot();
        _name = $"{prefix}{Environment.ProcessId % 100000}";
        World.Run("ip", "netns", "add", _name);
        Ip("link", "set", "lo", "up");
    }

    /// <summary>Runs <c>ip</c> in the namespace.</summary>
    public void Ip(params string[] command) => World.Run("ip", ["-n", _name, .. command]);

    /// <summary>Runs on a thread that has entered the namespace; the thread ends with it.</summary>
    public void Inside(Action test)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var target = Descriptor.OpenForReading("/run/netns/" + _name);
                Assert.That(SetNs(target, CLONE_NEWNET), Is.Zero);
                test();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
    }

    public void Dispose() => World.Run("ip", "netns", "del", _name);

    [LibraryImport("libc", EntryPoint = "setns")]
    private static partial int SetNs(Descriptor fd, int kind);
}
