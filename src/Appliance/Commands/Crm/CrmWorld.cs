using Appliance.Control;

namespace Appliance.Commands.Crm;

/// <summary>What a tool that works on a CIB sees of its surroundings.</summary>
/// <param name="Variable">An environment variable; null when it is not set.</param>
/// <param name="Now">Seconds since 1970.</param>
internal sealed record CrmWorld(TextWriter Output, TextWriter Errors, TextReader Input, Func<string, string?> Variable, Func<long> Now)
{
    /// <summary>Asks the CRM of this node; <c>null</c>: none answers here.</summary>
    public Func<CrmRequest, CrmReply?> Ask { get; init; } = static _ => null;

    /// <summary>The tool's name, which the CIB notes with what it changes.</summary>
    public string Program { get; init; } = "";

    /// <summary>This process's.</summary>
    public static CrmWorld Real() =>
        new(Console.Out, Console.Error, Console.In, Environment.GetEnvironmentVariable, () => DateTimeOffset.UtcNow.ToUnixTimeSeconds()) { Ask = Link.Ask };

    /// <summary>Lives as long as the process.</summary>
    private static readonly CrmLink Link = new();

    /// <summary>A tool as an applet.</summary>
    public static Func<string[], int> Applet(Func<CrmWorld, string[], int> tool) => MemoryLimit.SaidBy(args => tool(Real(), args));

    public int Fail(int status, string error)
    {
        Errors.Write(error + "\n");
        return status;
    }
}
