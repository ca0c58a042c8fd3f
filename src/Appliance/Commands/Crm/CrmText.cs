using System.Globalization;
using Appliance.Cib;

namespace Appliance.Commands.Crm;

/// <summary>Texts that all tools for the CRM share.</summary>
internal static class CrmText
{
    public static string Version(string tool) => $"{tool} of appliance {StatusView.ProductVersion} (as Pacemaker 2.1.5)\n";

    /// <summary>A time of this machine's clock, as ctime(3) has it.</summary>
    public static string Date(long epoch)
    {
        var local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeSeconds(epoch), TimeZoneInfo.Local);
        return $"{local.ToString("ddd MMM", CultureInfo.InvariantCulture)} {local.Day,2} {local.ToString("HH:mm:ss yyyy", CultureInfo.InvariantCulture)}";
    }

    /// <summary>A time of this machine's clock, with its distance from UTC.</summary>
    public static string Moment(long epoch)
    {
        var local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeSeconds(epoch), TimeZoneInfo.Local);
        return local.ToString(local.Offset == TimeSpan.Zero ? "yyyy-MM-dd HH:mm:ss'Z'" : "yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);
    }

    /// <summary>The present instant, with this machine's distance from UTC.</summary>
    public static CibTime Local(CrmWorld world)
    {
        var now = world.Now();
        return CibTime.FromEpoch(now, (int)TimeZoneInfo.Local.GetUtcOffset(DateTimeOffset.FromUnixTimeSeconds(now)).TotalSeconds);
    }
}
