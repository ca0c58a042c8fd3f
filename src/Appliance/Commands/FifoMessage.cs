using System.Text;
using Appliance.Control;
using Appliance.Linux;

namespace Appliance.Commands;

/// <summary>What the hb_* commands share: a message in classic text, written into the daemon's FIFO in one piece.</summary>
internal static class FifoMessage
{
    /// <summary>A write up to this size is whole: PIPE_BUF of Linux (pipe(7)).</summary>
    private const int LargestWhole = 4096;

    /// <summary>The name a command's usage shows: as 3.0.6's scripts do, the way it was called.</summary>
    public static string Called(string command)
    {
        var path = Environment.GetCommandLineArgs()[0];
        return Path.GetFileName(path) == command ? path : command;
    }

    public static string Text(params ReadOnlySpan<(string Name, string Value)> fields)
    {
        var text = new StringBuilder(">>>\n");
        foreach (var (name, value) in fields) text.Append(name).Append('=').Append(value).Append('\n');
        return text.Append("<<<\n").ToString();
    }

    /// <summary>Writes it. 3.0.6's script would wait for ever where no daemon reads; this says so.</summary>
    /// <returns>Exit status.</returns>
    public static int Send(string command, TextWriter errors, params ReadOnlySpan<(string Name, string Value)> fields) =>
        SendTo(Paths.Fifo, command, errors, Text(fields));

    internal static int SendTo(string fifo, string command, TextWriter errors, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        if (text.Split('\n').Any(line => line.Length > FifoParser.LongestLine) || bytes.Length > LargestWhole)
        {
            errors.Write($"{command}: the message is too long\n");
            return 1;
        }
        try
        {
            using var pipe = Fifo.OpenForWriting(fifo);
            var n = pipe.Write(bytes);
            if (n == bytes.Length) return 0;
            errors.Write($"{command}: {fifo}: {(n < 0 ? Errno.Text(-n) : "not written whole")}\n");
        }
        catch (LinuxException e) when (e.Errno is Errno.ENXIO or Errno.ENOENT)
        {
            errors.Write($"{command}: heartbeat is not running on this machine (nobody reads {fifo})\n");
        }
        catch (IOException e)
        {
            errors.Write($"{command}: {e.Message}\n");
        }
        return 1;
    }
}
