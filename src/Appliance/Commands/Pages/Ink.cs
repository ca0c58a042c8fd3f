namespace Appliance.Commands.Pages;

/// <summary>How a piece of text stands out, where it can.</summary>
internal enum Ink
{
    Plain,
    Good,
    Bad,

    /// <summary>What a line is about.</summary>
    Head,

    /// <summary>What is needed to read the rest, and nothing more.</summary>
    Dim,
}

/// <summary>What a terminal understands.</summary>
internal enum Inks
{
    /// <summary>Text, and nothing else: a file, a pipe, a terminal that says so.</summary>
    None,

    /// <summary>Bold, and no colours: NO_COLOR is set (no-color.org speaks of colours only).</summary>
    Bold,

    Colours,
}
