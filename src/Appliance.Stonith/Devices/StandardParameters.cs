using System.Collections.Immutable;

namespace Appliance.Stonith.Devices;

/// <summary>Parameters that most devices share, under fence-agents' names, letters and defaults (its library's table of options).</summary>
/// <remarks>Where fence-agents waits a fixed time by default we do not: every switch is verified by asking, so <c>power_wait</c> and <c>delay</c> start at 0.</remarks>
public static class StandardParameters
{
    public static readonly DeviceParameter Ip = new("ip", ParameterKind.Text, "Name or address of the device; several, separated by commas, are tried at once") { OldNames = ["ipaddr"], Letter = 'a' };
    public static readonly DeviceParameter IpPort = new("ipport", ParameterKind.Integer, "TCP or UDP port of the device") { Letter = 'u' };
    public static readonly DeviceParameter UserName = new("username", ParameterKind.Text, "Name to log in with") { OldNames = ["login"], Letter = 'l' };
    public static readonly DeviceParameter Password = new("password", ParameterKind.Text, "Password or pass phrase to log in with") { OldNames = ["passwd"], Letter = 'p', IsSecret = true };
    public static readonly DeviceParameter PasswordScript = new("password_script", ParameterKind.Text, "Program whose first line of output is the password") { OldNames = ["passwd_script"], Letter = 'S' };
    public static readonly DeviceParameter Plug = new("plug", ParameterKind.Text, "Outlet, port or machine, by number or name; several, separated by commas") { OldNames = ["port"], Letter = 'n' };
    public static readonly DeviceParameter PortAsIp = new("port_as_ip", ParameterKind.Boolean, "The plug is the device's address") { Default = "0" };
    public static readonly DeviceParameter Inet4Only = new("inet4_only", ParameterKind.Boolean, "Use IPv4 addresses only") { Default = "0", Letter = '4' };
    public static readonly DeviceParameter Inet6Only = new("inet6_only", ParameterKind.Boolean, "Use IPv6 addresses only") { Default = "0", Letter = '6' };

    /// <summary>How long things may take. A plain number is in seconds.</summary>
    public static readonly ImmutableArray<DeviceParameter> Timing =
    [
        new("delay", ParameterKind.Seconds, "Wait this long before off and reboot") { Default = "0" },
        new("login_timeout", ParameterKind.Seconds, "How long a device may stay silent before it counts as unreachable") { Default = "5" },
        new("shell_timeout", ParameterKind.Seconds, "How long an answer to one command may take") { Default = "3" },
        new("power_timeout", ParameterKind.Seconds, "How long to ask after a switch until the state is as wanted") { Default = "20" },
        new("power_wait", ParameterKind.Seconds, "Wait this long after a switch before asking; not needed unless the device lies at first") { Default = "0" },
        new("retry_on", ParameterKind.Integer, "How often power on is tried") { Default = "1" },
    ];

    /// <summary>What existing configurations may say and what changes little or nothing here: it tunes the program that is replaced.</summary>
    public static readonly ImmutableArray<DeviceParameter> WithoutEffect =
    [
        new("stonith_status_sleep", ParameterKind.Seconds, "Without effect: the time between two looks grows from 50 ms to 1 s") { Default = "1" },
        new("disable_timeout", ParameterKind.Text, "Without effect: every wait has an end"),
        new("verbose", ParameterKind.Boolean, "Called as a program: say on standard error what was seen") { Letter = 'v', Default = "0" },
        new("verbose_level", ParameterKind.Text, "The same as a number: 1 or more"),
        new("quiet", ParameterKind.Boolean, "Called as a program: nothing on standard error") { Letter = 'q', Default = "0" },
        new("debug_file", ParameterKind.Text, "Without effect here") { OldNames = ["debug"], Letter = 'D' },
        new("separator", ParameterKind.Text, "Between the columns of list") { Letter = 'C', Default = "," },
        new("plug_separator", ParameterKind.Text, "Between several plugs") { Default = "," },
        new("method", ParameterKind.Choice, "How a reboot is done; cycle proves nothing") { Letter = 'm', Default = "onoff", Choices = ["onoff", "cycle"] },
    ];

    /// <summary>The wait between two looks at a state that is to change: at once, then twice as long each time, up to a second.</summary>
    /// <param name="looks">How often it was looked at already.</param>
    public static TimeSpan NextLook(int looks) => looks <= 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Min(1000, 50 << Math.Min(looks - 1, 5)));

    /// <summary>Which of a name's addresses are used.</summary>
    public static Conversations.IpVersion Version(DeviceParameters parameters) =>
        parameters.Flag("inet4_only") ? Conversations.IpVersion.V4 : parameters.Flag("inet6_only") ? Conversations.IpVersion.V6 : Conversations.IpVersion.Any;
}
