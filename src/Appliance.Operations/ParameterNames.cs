namespace Appliance.Operations;

/// <summary>What an order's parameters are: an agent's, or the cluster's own.</summary>
public static class ParameterNames
{
    /// <summary>Not a parameter of the agent, but of the cluster.</summary>
    public static bool IsMeta(string name) => name.StartsWith("CRM_meta_", StringComparison.Ordinal);
}
