using System.Collections.Concurrent;
using System.Text;
using Appliance.Cib;
using Appliance.Control;
using Appliance.Core;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Messaging;

namespace Appliance.Crm;

/// <summary>The CIB on the disk, written by one thread in the order in which it was given, and the inputs of the policy engine beside it, by another.</summary>
/// <remarks>A document is told stored after its one flush. <c>cib.xml</c> is replaced when no more has come for <see cref="QuietFor"/>, and gives way to what comes meanwhile: changes one after the other do not wait for the flushes of the one before.
/// Under a stream of them it is replaced all the same after <see cref="BehindAtMost"/>.</remarks>
internal sealed class CibStore : IDisposable
{
    /// <summary>Inputs that wait to be written: a disk that hangs must not fill the memory with documents.</summary>
    private const int MostWaiting = 10;

    private const int StackBytes = 1024 * 1024;

    /// <summary>How long <c>cib.xml</c> may be older than what is stored.</summary>
    private static readonly TimeSpan QuietFor = TimeSpan.FromMilliseconds(20), BehindAtMost = TimeSpan.FromSeconds(1);

    /// <summary>After an error the disk is left alone for so long.</summary>
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(5);

    /// <summary>How long the end of the daemon waits for what is being written.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(5);

    private readonly CibFiles _files;
    private readonly FileDirectory _inputs;
    private readonly Inbox _inbox;
    private readonly ApplianceLog _log;
    private readonly IMessageCompressor? _packer;
    private readonly ConcurrentQueue<Action> _work = new();
    private readonly Bell _ready = new();
    private readonly WorkerThreads _keeper = new("inputs", 1);
    private readonly Thread _writer;
    private int _waiting;
    private volatile bool _ended;
    private Instant _behindSince, _settleAt = Instant.Never;

    /// <param name="inputs">The directory of the policy engine's inputs.</param>
    /// <param name="packer">For inputs whose files are called as its algorithm.</param>
    public CibStore(CibFiles files, FileDirectory inputs, Inbox inbox, ApplianceLog log, IMessageCompressor? packer = null)
    {
        (_files, _inputs, _inbox, _log, _packer) = (files, inputs, inbox, log, packer);
        _writer = new Thread(Live, ThreadStack.Of(StackBytes)) { Name = "cib", IsBackground = true };
        _writer.Start();
    }

    /// <param name="stored">Called on the control thread, always: why the document is not on the disk, or null.</param>
    public void Write(CibElement document, CibStanding standing, Action<string?> stored) => Start(() =>
    {
        var behind = _files.IsBehind;
        var problem = Try(() =>
        {
            if (_files.Store(document, standing) is { } message) _log.Warn(message);
        });
        _inbox.Post(new ControlInput.Found(() => stored(problem)));
        if (!_files.IsBehind) return;
        var now = Clock.Now();
        if (!behind) _behindSince = now;
        _settleAt = now + QuietFor;
    });

    /// <param name="stored">Called on the control thread, always: why the term is not on the disk, or null.</param>
    public void WriteTerm(long term, Action<string?> stored) => Start(() =>
    {
        var problem = Try(() => _files.StoreTerm(term));
        _inbox.Post(new ControlInput.Found(() => stored(problem)));
    });

    private void Start(Action work)
    {
        _work.Enqueue(work);
        _ready.Ring();
    }

    private void Live()
    {
        RealTime.NiceAsParent();
        RealTime.WakeSoon();
        while (true)
        {
            if (_settleAt == Instant.Never) _ready.Wait();
            else if (!_ready.Wait(Instant.Min(_settleAt, _behindSince + BehindAtMost) - Clock.Now()))
            {
                if (Clock.Now() is var now && (now >= _settleAt || now >= _behindSince + BehindAtMost)) Settle(now);
                continue;
            }
            if (_work.TryDequeue(out var work)) work();
            else if (_ended) return;
            // Who waits for more never finds nothing to do under a stream of changes.
            if (_settleAt != Instant.Never && Clock.Now() is var late && late >= _behindSince + BehindAtMost) Settle(late);
        }
    }

    private void Settle(Instant now)
    {
        var impatient = now >= _behindSince + BehindAtMost;
        var done = false;
        var problem = Try(() => done = _files.Settle(() => !impatient && !_work.IsEmpty));
        if (problem is not null) _log.Error($"the CIB is on the disk, but its file could not be replaced; that is tried again: {problem}");
        if (problem is not null) (_behindSince, _settleAt) = (now + AgainAfter, now + AgainAfter);
        else _settleAt = done ? Instant.Never : now + QuietFor;
    }

    /// <summary>Keeps a document that gave way to another.</summary>
    public void KeepLost(CibElement document) => Start(() =>
    {
        if (Try(() =>
        {
            _log.Warn($"The CIB that was here gives way to another one; it is kept as {_files.KeepLost(document, out var gone)}");
            if (gone is not null) _log.Warn($"{gone}, the oldest of {CibFiles.LostCopies} such copies, is deleted");
        }) is { } problem)
            _log.Error($"the CIB that was here gives way to another one, and could not be kept: {problem}");
    });

    /// <summary>Keeps an input of the policy engine. Nobody waits for it, and one that cannot be kept changes nothing.</summary>
    public void Keep(KeptInput input)
    {
        if (Volatile.Read(ref _waiting) >= MostWaiting)
        {
            _log.Warn($"{input.FileName} is not kept: the disk is too slow");
            return;
        }
        Interlocked.Increment(ref _waiting);
        _keeper.Start(() =>
        {
            var problem = Try(() =>
            {
                _inputs.Write(input.FileName, Packed(input.FileName, Encoding.UTF8.GetBytes(input.Document.ToString(CibFormat.Pretty))));
                _inputs.Write(input.NumberFileName, Encoding.ASCII.GetBytes(input.NextNumber));
            });
            Interlocked.Decrement(ref _waiting);
            if (problem is not null) _log.Warn($"{input.FileName} could not be kept: {problem}");
        });
    }

    private ReadOnlySpan<byte> Packed(string name, byte[] plain)
    {
        if (_packer is null || !name.EndsWith('.' + _packer.Algorithm, StringComparison.Ordinal)) return plain;
        var packed = new byte[plain.Length + plain.Length / 100 + 600];      // as bzip2 asks for: what is smallest may grow by that
        return _packer.Compress(plain, packed) is > 0 and var size ? packed.AsSpan(0, size) : throw new IOException("it could not be packed");
    }

    /// <summary>Waits for what is being written, and for the document to be where other programs look for it.</summary>
    public void Dispose()
    {
        var (settled, kept) = (new TaskCompletionSource(), new TaskCompletionSource());     // where the disk hangs, its threads come here later
        Start(() =>
        {
            if (Try(() => _files.Settle()) is { } problem) _log.Error($"the CIB is on the disk, but its file could not be replaced: {problem}");
            _settleAt = Instant.Never;
            settled.SetResult();
        });
        _keeper.Start(kept.SetResult);
        var ended = Task.WaitAll([settled.Task, kept.Task], EndsWithin);
        _ended = true;
        _ready.Ring();
        _keeper.Dispose();
        if (!ended) return;      // a disk that hangs has the thread, and the descriptor it waits on
        _writer.Join();
        _ready.Dispose();
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
