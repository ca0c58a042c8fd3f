using System.Collections.Immutable;

namespace Appliance.Stonith.Devices.Cli;

/// <summary>The dialogue with one kind of command line: a file of <c>hw/cli</c>, or one of the administrator's. What each field means is told in <c>hw/cli/README.md</c>.</summary>
/// <param name="Name">The file's name without its ending.</param>
public sealed record CliProfile(string Name)
{
    public ImmutableArray<string> Agents { get; init; } = [];

    /// <summary>Cuts off from storage or network; the machine stays on.</summary>
    public bool IsFabric { get; init; }

    /// <summary>Spoken to by telnet unless <c>ssh</c> says otherwise.</summary>
    public bool IsTelnet { get; init; }

    /// <summary>It shows what we type; else an answer cannot be told from what was printed before.</summary>
    public bool Echoes { get; init; } = true;

    /// <summary>What the last line ends with when it waits for us.</summary>
    public ImmutableArray<string> Prompts { get; init; } = [">"];
    public ImmutableArray<string> LoginPrompts { get; init; } = ["login:", "username:", "user name:", "user name :"];
    public ImmutableArray<string> PasswordPrompts { get; init; } = ["password:", "password :"];

    /// <summary>Words of a device that does not let us in.</summary>
    public ImmutableArray<string> LoginRefused { get; init; } = ["incorrect", "denied", "failed", "failure", "invalid"];

    /// <summary>Said after the login, and before the end.</summary>
    public ImmutableArray<string> Start { get; init; } = [];
    public ImmutableArray<string> Leave { get; init; } = ["exit"];

    /// <summary>Must stand in the answer to the last of <see cref="Start"/>; empty: anything.</summary>
    public string Started { get; init; } = "";

    /// <summary>Words that only another kind of device prints.</summary>
    public ImmutableArray<string> Unfit { get; init; } = [];
    public string Status { get; init; } = "";

    /// <summary>Rows begin below a line that starts so; empty: anywhere.</summary>
    public string RowsAfter { get; init; } = "";

    /// <summary>Lines that name the plug which the rows below are about.</summary>
    public ImmutableArray<RowPattern> Headings { get; init; } = [];
    public ImmutableArray<RowPattern> Rows { get; init; } = [];

    /// <summary>Rows that mean on without a word for it.</summary>
    public ImmutableArray<RowPattern> RowsOn { get; init; } = [];

    /// <summary>The only words that mean off, and on.</summary>
    public ImmutableArray<string> Off { get; init; } = [];
    public ImmutableArray<string> On { get; init; } = [];
    public string SwitchOff { get; init; } = "";
    public string SwitchOn { get; init; } = "";

    /// <summary>Questions that a switch command may ask, and what to answer.</summary>
    public ImmutableArray<string> Confirm { get; init; } = [];
    public string Answer { get; init; } = "y";

    /// <summary>Words by which the device refuses an order.</summary>
    public ImmutableArray<string> Refused { get; init; } = [];

    /// <summary>The status command is about one plug, and there is none that lists all.</summary>
    public bool AsksOneByOne => Status.Contains("{plug}", StringComparison.Ordinal);

    /// <summary>All words that are states.</summary>
    public ImmutableArray<string> Words => [.. Off, .. On];

    public PowerState? StateOf(string word) => Off.Contains(word, StringComparer.OrdinalIgnoreCase) ? PowerState.Off : On.Contains(word, StringComparer.OrdinalIgnoreCase) ? PowerState.On : null;
}
