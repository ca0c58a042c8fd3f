using System.IO.Compression;
using System.Runtime.InteropServices;
using Appliance.Messaging;

namespace Appliance.Pulse;

/// <summary><c>compression zlib</c>: RFC 1950, as 3.0.6 sends it.</summary>
internal sealed class ZlibCompressor : IMessageCompressor
{
    public string Algorithm => "zlib";

    public int Compress(ReadOnlySpan<byte> plain, Span<byte> packed)
    {
        using var output = new MemoryStream();
        using (var zlib = new ZLibStream(output, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(plain);
        if (output.Length > packed.Length) return -1;
        return output.GetBuffer().AsSpan(0, (int)output.Length).TryCopyTo(packed) ? (int)output.Length : -1;
    }

    public int Expand(ReadOnlySpan<byte> packed, Span<byte> plain)
    {
        try
        {
            using var input = new MemoryStream(packed.ToArray(), writable: false);
            using var zlib = new ZLibStream(input, CompressionMode.Decompress);
            var size = zlib.ReadAtLeast(plain, plain.Length, throwOnEndOfStream: false);
            return size == plain.Length && zlib.ReadByte() >= 0 ? -1 : size;      // a bomb expands no further than the buffer
        }
        catch (InvalidDataException)
        {
            return -1;      // damaged: counted by the core as malformed
        }
    }
}

/// <summary><c>compression bz2</c>: by the system's libbz2, loaded only when a configuration or a peer asks for it.</summary>
internal sealed unsafe class Bzip2Compressor : IMessageCompressor
{
    private readonly delegate* unmanaged<byte*, uint*, byte*, uint, int, int, int, int> _compress;
    private readonly delegate* unmanaged<byte*, uint*, byte*, uint, int, int, int> _expand;

    private Bzip2Compressor(nint library)
    {
        _compress = (delegate* unmanaged<byte*, uint*, byte*, uint, int, int, int, int>)NativeLibrary.GetExport(library, "BZ2_bzBuffToBuffCompress");
        _expand = (delegate* unmanaged<byte*, uint*, byte*, uint, int, int, int>)NativeLibrary.GetExport(library, "BZ2_bzBuffToBuffDecompress");
    }

    /// <summary><c>null</c> when this machine has no libbz2.</summary>
    public static Bzip2Compressor? Load() => NativeLibrary.TryLoad("libbz2.so.1.0", out var library) ? new(library) : null;

    public string Algorithm => "bz2";

    public int Compress(ReadOnlySpan<byte> plain, Span<byte> packed)
    {
        var size = (uint)packed.Length;
        fixed (byte* from = plain, to = packed) return _compress(to, &size, from, (uint)plain.Length, 1, 0, 30) == 0 ? (int)size : -1;
    }

    public int Expand(ReadOnlySpan<byte> packed, Span<byte> plain)
    {
        var size = (uint)plain.Length;
        fixed (byte* from = packed, to = plain) return _expand(to, &size, from, (uint)packed.Length, 0, 0) == 0 ? (int)size : -1;
    }
}
