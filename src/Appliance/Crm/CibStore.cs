using System.Text;
using Appliance.Cib;
using Appliance.Control;
using Appliance.Core;
using Appliance.Crm.Transition;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Messaging;

namespace Appliance.Crm;

/// <summary>The CIB on the disk, written by one thread in the order in which it was given, and the inputs of the policy engine beside it, by another.</summary>
/// <remarks>A document is told stored after its one flush. The replacement of <c>cib.xml</c> begins at once where nothing else is to be stored, and gives way to what comes meanwhile; under a stream of changes it is made all the same after <see cref="BehindAtMost"/>.</remarks>
/// <param name="inputs">The directory of the policy engine's inputs.</param>
/// <param name="packer">For inputs whose files are called as its algorithm.</param>
internal sealed class CibStore(CibFiles files, FileDirectory inputs, Inbox inbox, ApplianceLog log, IMessageCompressor? packer = null) : IDisposable
{
    /// <summary>Inputs that wait to be written: a disk that hangs must not fill the memory with documents.</summary>
    private const int MostWaiting = 10;

    /// <summary>How long <c>cib.xml</c> may be older than what is stored.</summary>
    private static readonly TimeSpan BehindAtMost = TimeSpan.FromSeconds(1);

    /// <summary>How long the end of the daemon waits for what is being written.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(5);

    private readonly WorkerThreads _writer = new("cib", 1), _keeper = new("inputs", 1);
    private int _waiting, _toStore;
    private Instant? _behindSince;

    /// <param name="stored">Called on the control thread, always: why the document is not on the disk, or null.</param>
    public void Write(CibElement document, long term, Action<string?> stored)
    {
        Interlocked.Increment(ref _toStore);
        _writer.Start(() =>
        {
            Interlocked.Decrement(ref _toStore);
            var problem = Try(() =>
            {
                if (files.Store(document, term) is { } message) log.Warn(message);
            });
            inbox.Post(new ControlInput.Found(() => stored(problem)));
            if (files.IsBehind) _writer.Start(Settle);
        });
    }

    private void Settle()
    {
        if (!files.IsBehind) return;
        var since = _behindSince ??= Clock.Now();
        var problem = Try(() =>
        {
            // Whoever it gives way to has it tried again.
            if (files.Settle(() => Volatile.Read(ref _toStore) > 0 && Clock.Now() - since < BehindAtMost)) _behindSince = null;
        });
        if (problem is null) return;
        _behindSince = null;
        log.Error($"the CIB is on the disk, but its file could not be replaced; that is tried again with the next change: {problem}");
    }

    /// <summary>Keeps a document that gave way to another.</summary>
    public void KeepLost(CibElement document) => _writer.Start(() =>
    {
        if (Try(() => log.Warn($"The CIB that was here gives way to another one; it is kept as {files.KeepLost(document)}")) is { } problem)
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
        _keeper.Start(() =>
        {
            var problem = Try(() =>
            {
                inputs.Write(input.FileName, Packed(input.FileName, Encoding.UTF8.GetBytes(input.Document.ToString(CibFormat.Pretty))));
                inputs.Write(input.NumberFileName, Encoding.ASCII.GetBytes(input.NextNumber));
            });
            Interlocked.Decrement(ref _waiting);
            if (problem is not null) log.Warn($"{input.FileName} could not be kept: {problem}");
        });
    }

    private ReadOnlySpan<byte> Packed(string name, byte[] plain)
    {
        if (packer is null || !name.EndsWith('.' + packer.Algorithm, StringComparison.Ordinal)) return plain;
        var packed = new byte[plain.Length + plain.Length / 100 + 600];      // as bzip2 asks for: what is smallest may grow by that
        return packer.Compress(plain, packed) is > 0 and var size ? packed.AsSpan(0, size) : throw new IOException("it could not be packed");
    }

    /// <summary>Waits for what is being written.</summary>
    public void Dispose()
    {
        using var done = new CountdownEvent(2);
        _writer.Start(() =>
        {
            Settle();
            done.Signal();
        });
        _keeper.Start(() => done.Signal());
        done.Wait(EndsWithin);
        _writer.Dispose();
        _keeper.Dispose();
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
