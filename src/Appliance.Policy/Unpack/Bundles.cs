using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>Questions about bundles that many stages ask.</summary>
internal static class Bundles
{
    /// <summary>The inner resource's instance on a bundle's node.</summary>
    public static PolicyResource? ChildOn(Bundle bundle, PolicyNode node)
    {
        foreach (var replica in bundle.Replicas)
            if (replica.Node == node) return replica.Child;
        return null;
    }

    /// <summary>Whether a connection's address is the name of the node its container is on.</summary>
    public static bool NeedsRemoteAddress(PolicyResource resource)
    {
        if (!resource.IsRemoteConnection || resource.Launcher?.Parent is not Bundle) return false;
        foreach (var pair in resource.Xml.Descendants("nvpair"))
            if (pair["name"] == "addr") return pair["value"] == "#uname";
        return false;
    }

    /// <summary>The address that is only known once the container has a node.</summary>
    public static string? RemoteAddress(PolicyResource resource) =>
        NeedsRemoteAddress(resource) ? (resource.Launcher!.Node ?? resource.Launcher.CurrentNode)?.Name : null;

    public static void AddRemoteAddress(PolicyResource resource, SortedDictionary<string, string> values)
    {
        if (RemoteAddress(resource) is { } address) values["addr"] = address;
    }
}
