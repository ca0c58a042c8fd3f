using System.Runtime.InteropServices;
using System.Text;

namespace Appliance.Linux;

/// <summary>Lines of a GPIO chip, by the kernel's own interface (linux/gpio.h, version 2 of the character device).</summary>
/// <remarks>A line keeps its value while it is held; when the holder ends, the chip decides. So an output is held for the life of the process. Errors: <see cref="LinuxException"/>.</remarks>
public sealed unsafe partial class GpioLine : IDisposable
{
    // struct gpio_v2_line_request: 64 offsets, consumer 32, config 272, then num_lines, event_buffer_size, 5 padding, fd.
    private const uint GPIO_V2_GET_LINE = 0xC250_B407, GPIO_V2_LINE_GET_VALUES = 0xC010_B40E, GPIO_V2_LINE_SET_VALUES = 0xC010_B40F;
    private const int RequestBytes = 592, ConsumerAt = 256, FlagsAt = 288, AttributesAt = 296, FirstAttributeAt = 320, CountAt = 560, FdAt = 588;
    private const uint OutputValues = 2;        // GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES
    private const ulong Input = 1 << 2, Output = 1 << 3;
    private readonly Descriptor _line;
    private readonly string _what;

    private GpioLine(int descriptor, string what)
    {
        _what = what;
        _line = new Descriptor(descriptor);
    }

    /// <summary>An output that is <paramref name="active"/> from the first moment: a relay does not twitch.</summary>
    public static GpioLine Drive(string chip, uint offset, bool active) => Request(chip, offset, Output, active);

    /// <summary>A line to read; an output of ours that somebody else may drive is looked at as it is, and stays an output.</summary>
    public static GpioLine Watch(string chip, uint offset, bool isOutput) => Request(chip, offset, isOutput ? 0 : Input, null);

    private static GpioLine Request(string chip, uint offset, ulong flags, bool? first)
    {
        using var device = Descriptor.OpenDevice(chip);
        var request = stackalloc byte[RequestBytes];
        new Span<byte>(request, RequestBytes).Clear();
        *(uint*)request = offset;
        Encoding.ASCII.GetBytes("appliance").CopyTo(new Span<byte>(request + ConsumerAt, 32));
        *(ulong*)(request + FlagsAt) = flags;
        if (first is { } value)
        {
            *(uint*)(request + AttributesAt) = 1;
            *(uint*)(request + FirstAttributeAt) = OutputValues;
            (*(ulong*)(request + FirstAttributeAt + 8), *(ulong*)(request + FirstAttributeAt + 16)) = (value ? 1UL : 0, 1);      // values, mask
        }
        *(uint*)(request + CountAt) = 1;
        LinuxException.Check(Ioctl(device, GPIO_V2_GET_LINE, request), "ioctl(GPIO_V2_GET_LINE)", $"{chip} line {offset}");
        return new(*(int*)(request + FdAt), $"{chip} line {offset}");
    }

    public bool Value
    {
        get
        {
            var values = stackalloc ulong[2];      // bits, mask
            (values[0], values[1]) = (0, 1);
            LinuxException.Check(Ioctl(_line, GPIO_V2_LINE_GET_VALUES, (byte*)values), "ioctl(GPIO_V2_LINE_GET_VALUES)", _what);
            return (values[0] & 1) != 0;
        }
        set
        {
            var values = stackalloc ulong[2];
            (values[0], values[1]) = (value ? 1UL : 0, 1);
            LinuxException.Check(Ioctl(_line, GPIO_V2_LINE_SET_VALUES, (byte*)values), "ioctl(GPIO_V2_LINE_SET_VALUES)", _what);
        }
    }

    public void Dispose() => _line.Dispose();

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(Descriptor fd, nuint request, byte* argument);
}
