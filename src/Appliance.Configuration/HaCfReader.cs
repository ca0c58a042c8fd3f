using System.Collections.Immutable;
using System.Globalization;

namespace Appliance.Configuration;

/// <summary>Reads ha.cf directive by directive, in order, as 3.0.6 does: some take effect where they stand.</summary>
internal sealed partial class HaCfReader
{
    private readonly SourceFile _file;
    private readonly IConfigurationFacts _facts;
    private readonly Problems _problems;
    private readonly Dictionary<string, string> _parameters = new(StringComparer.Ordinal);
    private HaCf _cf = new();

    private HaCfReader(SourceFile file, IConfigurationFacts facts) => (_file, _facts, _problems) = (file, facts, new(file.Path));

    /// <param name="nodes">The nodes that were found, also when there are errors: the other files are checked against them.</param>
    public static ReadResult<HaCf> Read(SourceFile file, SourceFile? nodeInfo, IConfigurationFacts facts, out ImmutableArray<string> nodes)
    {
        var reader = new HaCfReader(file, facts) { _localNode = NodeName(nodeInfo, facts) };
        reader.Read();
        reader.Complete();
        nodes = reader._cf.Nodes;
        return new(reader._problems.HasErrors ? null : reader._cf, reader._problems.InOrder());
    }

    /// <summary>First line of nodeinfo as it stands, blanks included; without one, or with an empty one, the host's name. In lower case.</summary>
    private static string NodeName(SourceFile? nodeInfo, IConfigurationFacts facts)
    {
        if (nodeInfo?.Content is null) return facts.HostName.ToLowerInvariant();
        var first = PhysicalLines.Of(nodeInfo, new(nodeInfo.Path)).FirstOrDefault().Text ?? "";
        return (first.Length == 0 ? facts.HostName : first).ToLowerInvariant();
    }

    private void Read()
    {
        if (_file.Content is null)
        {
            _problems.Error(0, 0, $"Cannot open config file [{_file.PathAsPrinted}]", $"An annotated sample {_file.PathAsPrinted} file is provided in the documentation: copy it, read it, customize it, and try again.");
            return;
        }
        foreach (var line in PhysicalLines.Of(_file, _problems)) Line(line);
    }

    private void Line(PhysicalLine line)
    {
        var text = line.Text;
        var indent = text.Length - text.AsSpan().TrimStart(Words.Blanks).Length;
        text = text[indent..];
        var comment = text.IndexOf('#', StringComparison.Ordinal);
        if (comment >= 0) text = text[..comment];
        var end = text.AsSpan().IndexOf('\r');
        if (end >= 0) text = text[..end];
        if (text.Length == 0) return;

        var length = text.AsSpan().IndexOfAny(Words.Blanks);
        if (length < 0) length = text.Length;
        var (name, column) = (text[..length], line.Start + indent + 1);
        var directive = Directives.Find(name);
        if (directive is null)
        {
            _problems.Error(line.Number, column, $"Illegal directive [{name}] in {_file.PathAsPrinted}", Directives.Remedy(name));
            return;
        }
        var at = new Place(name, line.Number, column);
        if (directive.Kind == DirectiveKind.WholeLine)
        {
            var rest = text.AsSpan()[length..].TrimStart(Words.Delimiters);
            WholeLine(at, rest.TrimEnd(Words.Blanks).ToString(), column + text.Length - rest.Length);
            return;
        }
        var values = Words.Split(text[length..], column + length, Words.Delimiters);
        if (values.Count == 0) _problems.Warn(line.Number, column, $"{name} has no value: the line means nothing", "give it one, or delete the line");
        foreach (var value in values)
        {
            if (directive.Description is not null) _parameters[name] = value.Text;
            if (directive.Kind == DirectiveKind.Medium) Medium(at with { Column = value.Column }, value.Text);
            else Option(at with { Column = value.Column }, value.Text);
        }
        if (values.Count > 1 && directive.Kind == DirectiveKind.Option && name is not ("node" or "env" or "sbd_device"))
            _problems.Warn(line.Number, values[1].Column, $"{name} takes one value: the last one, [{values[^1].Text}], counts", "give it one value");
    }

    private void WholeLine(Place at, string rest, int column)
    {
        switch (at.Directive)
        {
            case "stonith": Stonith(at, rest, column); break;
            case "stonith_host": StonithHost(at, rest, column); break;
            case "respawn" or "failfast": Child(at, rest, column); break;
            case "apiauth": ClientAuthorization(at, rest, column); break;
            case "monitor": Monitor(at, rest, column); break;
            case "quorum": Quorum(at, rest, column); break;
            default: MediumLine(at, rest, column); break;
        }
    }

    /// <summary>Where a directive or one of its values stands.</summary>
    private readonly record struct Place(string Directive, int Line, int Column);

    private void Error(Place at, string message, string remedy) => _problems.Error(at.Line, at.Column, message, remedy);

    private void Warn(Place at, string message, string remedy) => _problems.Warn(at.Line, at.Column, message, remedy);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
