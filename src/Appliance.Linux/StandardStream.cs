using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>Standard input as plain read(2), standard output and standard error as plain write(2).</summary>
/// <remarks>
/// .NET's own console streams put the terminal into another mode (terminfo's <c>keypad_xmit</c>) at the first byte written, even when the output goes into a file,
/// and leave it there; its reader takes over signals and starts a thread for them before anything is read. What nobody reads any more (EPIPE) is dropped, as they do.
/// </remarks>
public sealed partial class StandardStream : Stream
{
    private const int SIGPIPE = 13, SIG_IGN = 1;

    private readonly Descriptor _descriptor;

    private StandardStream(int number) => _descriptor = new Descriptor(number);

    /// <summary>Descriptor 0; lives as long as the process.</summary>
    public static StandardStream Input { get; } = new(0);

    /// <summary>Descriptor 1; lives as long as the process.</summary>
    public static StandardStream Output { get; } = new(1);

    /// <summary>Descriptor 2; lives as long as the process.</summary>
    public static StandardStream Error { get; } = new(2);

    /// <summary>A write into a pipe without a reader fails instead of ending the process, as everywhere in .NET once its console is in use.</summary>
    public static void SurviveClosedPipes() => Signal(SIGPIPE, SIG_IGN);

    public override bool CanRead => this == Input;
    public override bool CanSeek => false;
    public override bool CanWrite => this != Input;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="LinuxException">The disk is full, or the like.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var n = _descriptor.Write(buffer);
            if (n == -Errno.EPIPE) return;
            if (n == -Errno.EAGAIN)         // whoever else has this file open made it so, and reads slowly
            {
                Thread.Sleep(1);
                continue;
            }
            if (n < 0) throw new LinuxException("write", "standard output", -n);
            buffer = buffer[n..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    /// <exception cref="LinuxException">It is a directory, or the like.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            var n = _descriptor.Read(buffer);
            if (n >= 0) return n;
            if (n != -Errno.EAGAIN) throw new LinuxException("read", "standard input", -n);
            Thread.Sleep(1);        // whoever else has this file open made it so, and has nothing to say yet
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Signal(int number, nint handler);
}
