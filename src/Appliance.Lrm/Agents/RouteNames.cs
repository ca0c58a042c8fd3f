using System.Globalization;
using Appliance.Linux;

namespace Appliance.Lrm.Agents;

/// <summary>Names that ip(8) has for the kernel's numbers (iproute2's rt_tables and rt_protos; the administrator's own additions to them are not read).</summary>
internal static class RouteNames
{
    /// <exception cref="AgentException">Neither a name nor a number.</exception>
    public static uint Table(string text) => text switch
    {
        "" or "main" => NetworkRoute.MainTable,
        "local" => NetworkRoute.LocalTable,
        "default" => 253u,
        _ when uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 => number,
        _ => throw new AgentException(OcfCode.Configured, $"table={text}: must be a number, main, default or local"),
    };

    /// <returns><c>null</c>: any.</returns>
    /// <exception cref="AgentException">Neither a name nor a number.</exception>
    public static byte? Protocol(string text) => text switch
    {
        "" => null,
        "redirect" => 1,
        "kernel" => 2,
        "boot" => 3,
        "static" => 4,
        "ra" => 9,
        "dhcp" => 16,
        _ when byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new AgentException(OcfCode.Configured, $"proto={text}: must be a number, kernel, boot, static, dhcp, ra or redirect"),
    };
}
