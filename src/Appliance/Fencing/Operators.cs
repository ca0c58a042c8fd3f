using Appliance.Core;
using Appliance.Linux;
using Appliance.Stonith.Conversations;

namespace Appliance.Fencing;

/// <summary>Asks a person through a FIFO, as cluster-glue's meatware does: <c>meatclient -c NODE</c> of either package answers.</summary>
internal static class Operators
{
    /// <summary>cluster-glue's place.</summary>
    public static string PathOf(string node) => $"/run/meatware.{node}";

    /// <summary>What the client writes.</summary>
    public static string Reply(string node) => $"meatware reply {node}";

    /// <param name="say">Where the question is told, loudly.</param>
    public static void Ask(AskOperator step, Instant deadline, Action<string> say, CancellationToken cancel)
    {
        var until = Instant.Min(deadline, Clock.Now() + step.Patience);
        var path = PathOf(step.Node);
        if (step.Node.AsSpan().ContainsAny('/', '\0')) return;
        try
        {
            File.Delete(path);
            using var fifo = Fifo.OpenForReading(path, 0x180);      // 0600: whoever may answer here decides over two machines
            say(step.Question);
            say($"Run \"meatclient -c {step.Node}\" AFTER power-cycling the machine.");
            var (heard, buffer) = ("", new byte[512]);
            while (!cancel.IsCancellationRequested && Clock.Now() < until)
            {
                if (fifo.Read(buffer) is > 0 and var n) heard += System.Text.Encoding.UTF8.GetString(buffer, 0, n);
                if (heard.AsSpan().IndexOfAny('\n', '\0') is >= 0 and var end)      // cluster-glue's client ends its line with a NUL
                {
                    step.Confirmed = heard[..end].Trim() == Reply(step.Node);
                    return;
                }
                if (heard.Length > 4096) return;
                cancel.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(100));
            }
        }
        catch (IOException e)
        {
            say($"the operator cannot be asked: {path}: {e.Message}");
        }
        finally
        {
            File.Delete(path);
        }
    }
}
