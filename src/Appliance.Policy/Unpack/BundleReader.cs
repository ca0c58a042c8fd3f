using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>Bundles: containers, their addresses and connections, and what runs inside, made from one definition.</summary>
internal static class BundleReader
{
    public static bool Unpack(Scheduling model, Bundle bundle)
    {
        _ = model;
        _ = bundle;
        return false;       // refused until its parts are made: see docs/decisions
    }
}
