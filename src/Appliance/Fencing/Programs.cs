using System.Text;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Stonith.Conversations;

namespace Appliance.Fencing;

/// <summary>Runs the programs that conversations ask for, with their input in memory only.</summary>
internal static class Programs
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    public static void Run(RunProgram run, Instant deadline, CancellationToken cancel)
    {
        var left = deadline - Clock.Now();
        var (output, errors) = (new Kept(run.MaxOutput), new Kept(run.MaxOutput));
        try
        {
            using var input = run.Input.IsEmpty ? null : MemoryFile.Holding("fencing input", run.Input.Span);
            var end = ProcessRunner.Run(
                new ProcessSpec(run.Path, run.Arguments, run.Environment) { StandardInput = input is null ? "/dev/null" : $"/proc/self/fd/{input.Number}" },
                new ProcessLimits(left < run.Timeout ? left : run.Timeout, Grace),
                (isError, bytes) => (isError ? errors : output).Add(bytes), cancel);
            run.TimedOut = end.Kind is ProcessEndKind.TimedOut or ProcessEndKind.Cancelled;
            run.ExitCode = end.Kind == ProcessEndKind.Exited ? end.Code : -1;
        }
        catch (IOException e)
        {
            run.NotStarted = e.Message;
        }
        (run.Output, run.Errors) = (output.Text, errors.Text);
    }

    /// <summary>The first part of an output.</summary>
    private sealed class Kept(int most)
    {
        private readonly List<byte> _bytes = [];
        public string Text => Encoding.UTF8.GetString([.. _bytes]);

        public void Add(ReadOnlySpan<byte> bytes)
        {
            foreach (var b in bytes[..Math.Min(bytes.Length, most - _bytes.Count)]) _bytes.Add(b);
        }
    }
}
