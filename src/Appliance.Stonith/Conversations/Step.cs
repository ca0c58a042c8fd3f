using System.Collections.Immutable;

namespace Appliance.Stonith.Conversations;

/// <summary>One thing a conversation asks of the world. Whoever runs the conversation does it and puts the answer in; then the conversation goes on.</summary>
/// <remarks>The answer's members have a value only after the step was done. Nothing here throws: a failure is an answer.</remarks>
public abstract class Step
{
    private protected Step() { }
}

/// <summary>Sends a datagram and waits for one that is accepted; sends it again each time its patience ends.</summary>
/// <param name="request">Bytes of one datagram.</param>
/// <param name="accept">Looks at a datagram from the peer: <c>true</c> when it answers this request (and keeps what it needs of it), <c>false</c> when it is
/// somebody else's, late, or garbage; then the wait goes on.</param>
/// <param name="patience">How long each try waits; as many tries as there are spans. A write to a device that must not be repeated has one.</param>
public sealed class Exchange(ReadOnlyMemory<byte> request, Func<ReadOnlyMemory<byte>, bool> accept, ImmutableArray<TimeSpan> patience) : Step
{
    public ReadOnlyMemory<byte> Request { get; } = request;
    public Func<ReadOnlyMemory<byte>, bool> Accept { get; } = accept;
    public ImmutableArray<TimeSpan> Patience { get; } = patience;

    /// <summary>Another request for each try (a protocol that numbers its packets); <c>null</c>: the same bytes again.</summary>
    public Func<ReadOnlyMemory<byte>>? Again { get; init; }

    /// <summary>Datagrams came, and none of them was the answer.</summary>
    public bool HeardOthers { get; set; }

    /// <summary>The answer came.</summary>
    public bool Answered { get; set; }

    /// <summary>The network said that nobody is there (ICMP unreachable, no route): the reason, in words.</summary>
    public string? Unreachable { get; set; }
}

/// <summary>Sends a datagram nobody answers (the end of a session).</summary>
public sealed class Tell(ReadOnlyMemory<byte> message) : Step
{
    public ReadOnlyMemory<byte> Message { get; } = message;
}

/// <summary>Lets time pass.</summary>
public sealed class Pause(TimeSpan length) : Step
{
    public TimeSpan Length { get; } = length;
}

/// <summary>Runs a program to its end: an external agent, a plugin, the system's ssh with one command.</summary>
/// <remarks>Arguments and environment hold no secret unless the program's own convention leaves no other way (cluster-glue plugins: environment).</remarks>
public sealed class RunProgram(string path, ImmutableArray<string> arguments, TimeSpan timeout) : Step
{
    public string Path { get; } = path;
    public ImmutableArray<string> Arguments { get; } = arguments;

    /// <summary>After it TERM, then KILL, for the whole process group.</summary>
    public TimeSpan Timeout { get; } = timeout;

    /// <summary>Given on standard input, which is then closed.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>At most this much of each output is kept.</summary>
    public int MaxOutput { get; init; } = 256 * 1024;

    /// <summary>-1 when it did not end by itself.</summary>
    public int ExitCode { get; set; } = -1;
    public string Output { get; set; } = "";
    public string Errors { get; set; } = "";
    public bool TimedOut { get; set; }

    /// <summary>Why it could not be started; <c>null</c> when it was.</summary>
    public string? NotStarted { get; set; }
}

/// <summary>Sends a text to an open dialogue (ssh, telnet, serial console) and reads until a prompt.</summary>
/// <param name="line">Sent with the dialogue's line end; <c>null</c>: only read.</param>
/// <param name="until">Looks at all that was read since the last step: <c>true</c> when it is enough.</param>
public sealed class Say(string? line, Func<string, bool> until, TimeSpan patience) : Step
{
    public string? Line { get; } = line;
    public Func<string, bool> Until { get; } = until;
    public TimeSpan Patience { get; } = patience;

    /// <summary>The line is a secret: it goes into no trace.</summary>
    public bool Hidden { get; init; }
    public string Heard { get; set; } = "";
    public bool Answered { get; set; }

    /// <summary>The other end closed, or could not be reached.</summary>
    public string? Closed { get; set; }
}

/// <summary>One SCSI command to a block or sg device, through SG_IO.</summary>
public sealed class ScsiCommand(string device, ImmutableArray<byte> cdb, ReadOnlyMemory<byte> dataOut, int dataIn, TimeSpan timeout) : Step
{
    public string Device { get; } = device;
    public ImmutableArray<byte> Cdb { get; } = cdb;
    public ReadOnlyMemory<byte> DataOut { get; } = dataOut;

    /// <summary>Bytes to read at most.</summary>
    public int DataIn { get; } = dataIn;
    public TimeSpan Timeout { get; } = timeout;
    /// <summary>SAM status: 0 good, 2 check condition, 0x18 reservation conflict; -1: the command never reached the device (<see cref="Failure"/>).</summary>
    public int Status { get; set; } = -1;
    public ReadOnlyMemory<byte> Data { get; set; }
    public ReadOnlyMemory<byte> Sense { get; set; }
    public string? Failure { get; set; }
}

/// <summary>Asks for the single ways to a disk that has several (device mapper multipath): a registration belongs to each.</summary>
public sealed class FindPaths(string device) : Step
{
    public string Device { get; } = device;

    /// <summary>Empty: it has just one.</summary>
    public ImmutableArray<string> Paths { get; set; } = [];
}

/// <summary>Notes that this machine has registered a key with a disk: until it is started again it can be asked whether the key is still there.</summary>
public sealed class NoteKey(string device, ulong key) : Step
{
    public string Device { get; } = device;
    public ulong Key { get; } = key;

    /// <summary>Why it could not be noted; <c>null</c> when it was.</summary>
    public string? Failure { get; set; }
}

/// <summary>Reads or writes whole sectors of a shared disk past every cache.</summary>
/// <param name="write">What to write; empty: read.</param>
public sealed class SectorAccess(string device, long offset, int length, ReadOnlyMemory<byte> write, TimeSpan timeout) : Step
{
    public string Device { get; } = device;
    public long Offset { get; } = offset;
    public int Length { get; } = length;
    public ReadOnlyMemory<byte> Write { get; } = write;
    public TimeSpan Timeout { get; } = timeout;
    public ReadOnlyMemory<byte> Data { get; set; }
    public string? Failure { get; set; }
}

/// <summary>Sets an output: a GPIO line, or DTR or RTS of a serial port.</summary>
public sealed class SetLine(string device, string line, bool active) : Step
{
    public string Device { get; } = device;

    /// <summary><c>dtr</c>, <c>rts</c>, or the number or name of a GPIO line.</summary>
    public string Line { get; } = line;
    public bool Active { get; } = active;
    public string? Failure { get; set; }
}

/// <summary>Reads a line: one of a serial port's, or of a GPIO chip.</summary>
public sealed class ReadLine(string device, string line) : Step
{
    public string Device { get; } = device;

    /// <summary><c>dtr</c>, <c>rts</c>, <c>cts</c>, <c>dsr</c>, <c>dcd</c>, <c>ri</c>, or the number of a GPIO line.</summary>
    public string Line { get; } = line;

    /// <summary>The output on the same device and where it rests: if the device must be opened for this, the relay is not to switch by it.</summary>
    public (string Line, bool Active)? Rest { get; init; }
    public bool Active { get; set; }
    public string? Failure { get; set; }
}

/// <summary>Asks a person, and waits for the answer (meatware).</summary>
public sealed class AskOperator(string question, string node, TimeSpan patience) : Step
{
    public string Question { get; } = question;
    public string Node { get; } = node;
    public TimeSpan Patience { get; } = patience;

    /// <summary><c>null</c>: nobody answered in time.</summary>
    public bool? Confirmed { get; set; }
}
