using Appliance.Linux;

namespace Appliance;

/// <summary>One binary under many names: the name it was called by, or else the first word, chooses what it does.</summary>
internal static class Program
{
    /// <summary>Exit status of a command line that makes no sense, as 3.0.6's <c>heartbeat</c> has it.</summary>
    private const int UsageError = 2;

    public static int Main(string[] args)
    {
        LeaveTerminalAlone();
        // What root's commands and the daemon hold in memory (keys, passwords) must not end in a core file.
        if (Environment.IsPrivilegedProcess) Linux.CoreDumps.Allow(false);
        if (Fencing.Askpass.Run(args) is { } answered) return answered;
        var name = Path.GetFileName(Environment.GetCommandLineArgs()[0]);
        if (name != "appliance" && Applets.Find(name) is { } byName) return byName(args);
        if (args is ["--version" or "-V"]) args = ["version"];
        if (args.Length > 0 && Applets.Find(args[0]) is { } byWord) return byWord(args[1..]);
        var asked = args.Length > 0 && args[0] is "--help" or "-h" or "help";
        var output = asked ? Console.Out : Console.Error;
        if (args.Length > 0 && !asked) output.WriteLine($"appliance: there is no command '{args[0]}'");
        output.WriteLine("Usage: appliance COMMAND [ARGUMENTS]");
        output.WriteLine("or a link named COMMAND to it. Commands:");
        foreach (var (command, what) in Applets.Lines) output.WriteLine($"  {command,-13} {what}");
        output.WriteLine("Each explains itself with --help; manual page: appliance(8).");
        return asked ? 0 : UsageError;
    }

    /// <summary>Commands read and write by themselves: see <see cref="StandardStream"/>.</summary>
    private static void LeaveTerminalAlone()
    {
        StandardStream.SurviveClosedPipes();
#pragma warning disable CA2000      // they live as long as the process
        var encoding = Console.OutputEncoding;
        Console.SetIn(new StreamReader(StandardStream.Input, encoding, detectEncodingFromByteOrderMarks: false, 4096));
        Console.SetOut(new StreamWriter(StandardStream.Output, encoding, 256) { AutoFlush = true });
        Console.SetError(new StreamWriter(StandardStream.Error, encoding, 256) { AutoFlush = true });
#pragma warning restore CA2000
    }
}
