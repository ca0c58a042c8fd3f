using Appliance.Cib;
using Appliance.Crm.Attributes;

namespace Appliance.Simulation.Crm;

/// <summary>What transient attributes there are, as one line that can be compared.</summary>
internal static class Attributes
{
    /// <summary>As a node's attribute manager knows them; private ones are in no CIB.</summary>
    public static string Of(AttributeTable table) =>
        Line(table.All.Where(a => !a.IsPrivate).SelectMany(a => a.Values.Select(v => $"{v.Key}:{a.Name}={v.Value}")));

    /// <summary>As the status has them.</summary>
    public static string Of(CibElement document) =>
        Line(from state in document.Element("status")?.Elements("node_state") ?? [] from pair in state.Element("transient_attributes")?.Descendants("nvpair") ?? [] select $"{state["uname"]}:{pair["name"]}={pair["value"]}");

    private static string Line(IEnumerable<string> words) => string.Join(' ', words.Order(StringComparer.Ordinal));
}
