using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>The functions of libsystemd's sd-bus that are used, bound when first called: no machine needs the library that does not manage units.</summary>
/// <remarks>All of them have been there, unchanged, since systemd 221 (2015). Negative results are errno.</remarks>
internal static unsafe partial class SystemdBusLibrary
{
    private const string Name = "libsystemd.so.0";

    /// <summary>Whether the library is there.</summary>
    /// <exception cref="SystemdBusException">It is not, or is too old.</exception>
    public static void Require()
    {
        if (!NativeLibrary.TryLoad(Name, out var handle))
            throw new SystemdBusException($"{Name} is missing: units of systemd cannot be managed without it (Debian package libsystemd0)");
        if (!NativeLibrary.TryGetExport(handle, "sd_bus_message_get_reply_cookie", out _))
            throw new SystemdBusException($"{Name} has no sd-bus: systemd 221 or later is needed");
    }

    [LibraryImport(Name, EntryPoint = "sd_bus_open_system")]
    public static partial int OpenSystem(nint* bus);

    [LibraryImport(Name, EntryPoint = "sd_bus_new")]
    public static partial int New(nint* bus);

    [LibraryImport(Name, EntryPoint = "sd_bus_set_address", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetAddress(nint bus, string address);

    [LibraryImport(Name, EntryPoint = "sd_bus_start")]
    public static partial int Start(nint bus);

    [LibraryImport(Name, EntryPoint = "sd_bus_close")]
    public static partial void Close(nint bus);

    [LibraryImport(Name, EntryPoint = "sd_bus_unref")]
    public static partial nint Unreference(nint bus);

    [LibraryImport(Name, EntryPoint = "sd_bus_get_fd")]
    public static partial int GetDescriptor(nint bus);

    [LibraryImport(Name, EntryPoint = "sd_bus_get_events")]
    public static partial int GetEvents(nint bus);

    [LibraryImport(Name, EntryPoint = "sd_bus_get_timeout")]
    public static partial int GetTimeout(nint bus, ulong* microseconds);

    [LibraryImport(Name, EntryPoint = "sd_bus_process")]
    public static partial int Process(nint bus, nint* message);

    [LibraryImport(Name, EntryPoint = "sd_bus_send")]
    public static partial int Send(nint bus, nint message, ulong* cookie);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_new_method_call", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int NewMethodCall(nint bus, nint* message, string destination, string path, string @interface, string member);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_append_basic", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int AppendString(nint message, byte type, string value);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_set_auto_start")]
    public static partial int SetAutoStart(nint message, int start);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_unref")]
    public static partial nint UnreferenceMessage(nint message);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_get_type")]
    public static partial int GetMessageType(nint message, byte* type);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_get_reply_cookie")]
    public static partial int GetReplyCookie(nint message, ulong* cookie);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_get_path")]
    public static partial byte* GetPath(nint message);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_get_interface")]
    public static partial byte* GetInterface(nint message);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_get_member")]
    public static partial byte* GetMember(nint message);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_get_sender")]
    public static partial byte* GetSender(nint message);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_get_error")]
    public static partial BusError* GetError(nint message);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_read_basic")]
    public static partial int ReadBasic(nint message, byte type, void* value);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_enter_container")]
    public static partial int EnterContainer(nint message, byte type, byte* contents);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_exit_container")]
    public static partial int ExitContainer(nint message);

    [LibraryImport(Name, EntryPoint = "sd_bus_message_skip")]
    public static partial int Skip(nint message, byte* types);

    /// <summary>sd_bus_error.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct BusError
    {
        public byte* Name;
        public byte* Message;
        public int NeedFree;
    }
}
