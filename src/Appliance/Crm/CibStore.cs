using System.Text;
using Appliance.Cib;
using Appliance.Control;
using Appliance.Crm.Transition;
using Appliance.Linux;
using Appliance.Logging;

namespace Appliance.Crm;

/// <summary>The CIB on the disk, and the inputs of the policy engine beside it: written by one thread, in the order in which they were given.</summary>
/// <param name="inputs">The directory of the policy engine's inputs.</param>
internal sealed class CibStore(CibFiles files, FileDirectory inputs, Inbox inbox, ApplianceLog log) : IDisposable
{
    /// <summary>Inputs that wait to be written: a disk that hangs must not fill the memory with documents.</summary>
    private const int MostWaiting = 10;

    /// <summary>How long the end of the daemon waits for what is being written.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(5);

    private readonly WorkerThreads _writer = new("cib", 1);
    private int _waiting;

    /// <param name="stored">Called on the control thread, always: why the document is not on the disk, or null.</param>
    public void Write(CibElement document, long term, Action<string?> stored) => _writer.Start(() =>
    {
        var told = false;
        void Tell(string? problem)
        {
            told = true;
            inbox.Post(new ControlInput.Found(() => stored(problem)));
        }
        var problem = Try(() =>
        {
            if (files.Store(document, term, () => Tell(null)) is { } message) log.Warn(message);
        });
        if (!told) Tell(problem);
        else if (problem is not null) log.Error($"the CIB is on the disk, but its file could not be replaced; that is tried again with the next change: {problem}");
    });

    /// <summary>Keeps a document that gave way to another.</summary>
    public void KeepLost(CibElement document) => _writer.Start(() =>
    {
        if (Try(() =>
        {
            log.Warn($"The CIB that was here gives way to another one; it is kept as {files.KeepLost(document, out var gone)}");
            if (gone is not null) log.Warn($"{gone}, the oldest of {CibFiles.LostCopies} such copies, is deleted");
        }) is { } problem)
            log.Error($"the CIB that was here gives way to another one, and could not be kept: {problem}");
    });

    /// <summary>Keeps an input of the policy engine. Nobody waits for it, and one that cannot be kept changes nothing.</summary>
    public void Keep(KeptInput input)
    {
        if (Volatile.Read(ref _waiting) >= MostWaiting)
        {
            log.Warn($"{input.FileName} is not kept: the disk is too slow");
            return;
        }
        Interlocked.Increment(ref _waiting);
        _writer.Start(() =>
        {
            var problem = Try(() =>
            {
                inputs.Write(input.FileName, Encoding.UTF8.GetBytes(input.Document.ToString(CibFormat.Pretty)));
                inputs.Write(input.NumberFileName, Encoding.ASCII.GetBytes(input.NextNumber));
            });
            Interlocked.Decrement(ref _waiting);
            if (problem is not null) log.Warn($"{input.FileName} could not be kept: {problem}");
        });
    }

    /// <summary>Waits for what is being written.</summary>
    public void Dispose()
    {
        using var done = new ManualResetEventSlim();
        _writer.Start(done.Set);
        done.Wait(EndsWithin);
        _writer.Dispose();
    }

    private static string? Try(Action write)
    {
        try
        {
            write();
            return null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return e.Message;
        }
    }
}
