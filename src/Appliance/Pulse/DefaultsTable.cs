using Appliance.Configuration;

namespace Appliance.Pulse;

/// <summary>What <c>heartbeat -D</c> prints: 3.0.6's directives and defaults.</summary>
internal static class DefaultsTable
{
    /// <param name="wiki">-W: as a table in wiki markup.</param>
    public static void Print(TextWriter output, bool wiki) => output.Write(wiki ? HaCfPrinter.WikiDefaults() : HaCfPrinter.Defaults());
}
