using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Appliance.Linux;

/// <summary>Does something inside a named network namespace (<c>ip netns add NAME</c>).</summary>
public static partial class NetlinkNamespace
{
    private const int CLONE_NEWNET = 0x40000000;

    /// <summary>Runs <paramref name="action"/> on a thread of its own that has joined the namespace; sockets it opens stay there.</summary>
    /// <exception cref="IOException">There is no such namespace, or we may not join it.</exception>
    public static T Run<T>(string name, Func<T> action)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using (var handle = File.OpenHandle($"/run/netns/{name}"))
                    if (SetNs(handle, CLONE_NEWNET) < 0) throw new IOException($"setns {name}: {Marshal.GetLastPInvokeErrorMessage()}");
                result = action();
            }
#pragma warning disable CA1031      // carried over to the thread that waits
            catch (Exception e)
            {
                failure = e;
            }
#pragma warning restore CA1031
        }) { Name = $"netns {name}" };
        thread.Start();
        thread.Join();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        return result!;
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNs(SafeFileHandle fd, int type);
}
