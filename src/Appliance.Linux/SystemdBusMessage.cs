using System.Runtime.InteropServices;
using System.Text;
using Native = Appliance.Linux.SystemdBusLibrary;

namespace Appliance.Linux;

/// <summary>A message of the bus, read in place from start to end.</summary>
/// <remarks>Valid until the connection's next <see cref="SystemdBus.Receive"/>. A message that is not of the form asked for throws <see cref="SystemdBusException"/>.</remarks>
public readonly unsafe ref struct SystemdBusMessage
{
    private const byte Return = 2, Failure = 3, Notice = 4;     // D-Bus specification, message types
    private readonly nint _message;

    internal SystemdBusMessage(nint message) => _message = message;

    /// <summary>Whether there is one at all.</summary>
    public bool Is => _message != 0;

    public bool IsSignal => Type == Notice;

    /// <summary>The call this is the answer to.</summary>
    public bool IsAnswer(out ulong cookie)
    {
        ulong replied = 0;
        var is_ = Type is Return or Failure && Native.GetReplyCookie(_message, &replied) >= 0;
        cookie = replied;
        return is_;
    }

    /// <summary>Whether the call was refused, and how.</summary>
    public bool IsRefusal(out string name, out string text)
    {
        var error = Type == Failure ? Native.GetError(_message) : null;
        (name, text) = error == null ? ("", "") : (Text(error->Name), Text(error->Message));
        return error != null;
    }

    public string Path => Text(Native.GetPath(_message));
    public string Sender => Text(Native.GetSender(_message));
    public ReadOnlySpan<byte> Interface => MemoryMarshal.CreateReadOnlySpanFromNullTerminated(Native.GetInterface(_message));
    public ReadOnlySpan<byte> Member => MemoryMarshal.CreateReadOnlySpanFromNullTerminated(Native.GetMember(_message));

    /// <summary>A string, in the message's own bytes.</summary>
    public ReadOnlySpan<byte> ReadBytes(char type = 's')
    {
        byte* value;
        if (SystemdBus.Check(Native.ReadBasic(_message, (byte)type, &value), "a message of another form") == 0) throw new SystemdBusException("a message that ends too early");
        return MemoryMarshal.CreateReadOnlySpanFromNullTerminated(value);
    }

    public string ReadString(char type = 's') => Encoding.UTF8.GetString(ReadBytes(type));

    /// <summary>The next string of an array; <c>null</c> at its end.</summary>
    public string? TryReadString(char type = 's')
    {
        byte* value;
        return SystemdBus.Check(Native.ReadBasic(_message, (byte)type, &value), "a message of another form") == 0 ? null : Text(value);
    }

    /// <summary>An unsigned number of 32 bits, or (type b) a boolean.</summary>
    public uint ReadNumber(char type = 'u')
    {
        uint value;
        if (SystemdBus.Check(Native.ReadBasic(_message, (byte)type, &value), "a message of another form") == 0) throw new SystemdBusException("a message that ends too early");
        return value;
    }

    /// <summary>An unsigned number of 64 bits.</summary>
    public ulong ReadLong()
    {
        ulong value;
        if (SystemdBus.Check(Native.ReadBasic(_message, (byte)'t', &value), "a message of another form") == 0) throw new SystemdBusException("a message that ends too early");
        return value;
    }

    /// <summary>Enters an array (a), dictionary entry (e), structure (r) or variant (v).</summary>
    /// <returns><c>false</c>: the array that surrounds it has no more of them.</returns>
    public bool Enter(char type, ReadOnlySpan<byte> contents)
    {
        fixed (byte* signature = contents) return SystemdBus.Check(Native.EnterContainer(_message, (byte)type, signature), "a message of another form") > 0;
    }

    public void Leave() => SystemdBus.Check(Native.ExitContainer(_message), "a message of another form");

    /// <summary>Passes over values of the types given.</summary>
    public void Skip(ReadOnlySpan<byte> types)
    {
        fixed (byte* signature = types) SystemdBus.Check(Native.Skip(_message, signature), "a message of another form");
    }

    private byte Type
    {
        get
        {
            byte type = 0;
            if (_message != 0) _ = Native.GetMessageType(_message, &type);
            return type;
        }
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
