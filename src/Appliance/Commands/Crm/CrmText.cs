namespace Appliance.Commands.Crm;

/// <summary>Texts that all tools for the CRM share.</summary>
internal static class CrmText
{
    public static string Version(string tool) => $"{tool} of appliance {StatusView.ProductVersion} (as Pacemaker 2.1.5)\n";
}
