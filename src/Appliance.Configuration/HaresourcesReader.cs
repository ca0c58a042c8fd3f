using System.Collections.Immutable;
using System.Net;
using Appliance.Core.Resources;
using Appliance.Core;

namespace Appliance.Configuration;

/// <summary>Reads haresources twice, as 3.0.6 does: the daemon checks the node names line by line, the scripts take the groups.</summary>
/// <remarks>Source of the script's rules: ResourceManager's pipeline of sed, awk and egrep, tried line by line.</remarks>
internal sealed class HaresourcesReader
{
    /// <summary>More groups than anybody runs; the whole table travels in messages.</summary>
    private const int MaxGroups = 1000;

    private readonly SourceFile _file;
    private readonly IReadOnlyCollection<string> _nodes;
    private readonly IConfigurationFacts _facts;
    private readonly Problems _problems;
    private readonly List<ResourceGroup> _groups = [];

    private HaresourcesReader(SourceFile file, IReadOnlyCollection<string> nodes, IConfigurationFacts facts) =>
        (_file, _nodes, _facts, _problems) = (file, nodes, facts, new(file.Path));

    public static ReadResult<Haresources> Read(SourceFile file, IReadOnlyCollection<string> nodes, IConfigurationFacts facts)
    {
        var reader = new HaresourcesReader(file, nodes, facts);
        reader.Read();
        return new(reader._problems.HasErrors ? null : new Haresources([.. reader._groups]), reader._problems.InOrder());
    }

    private void Read()
    {
        if (_file.Content is null)
        {
            _problems.Error(0, 0, $"Cannot open resources file [{_file.PathAsPrinted}]", "create it, the same on every node: one line per group, \"NODE RESOURCE...\"; an empty file will do");
            return;
        }
        var lines = PhysicalLines.Of(_file, _problems);
        var badLines = CheckAsDaemon(lines);
        foreach (var logical in LogicalLine.Join(lines, _problems)) Group(logical, badLines);
        HaresourcesTraps.Look(_groups, _problems);
    }

    /// <summary>The daemon's own look: the first word of every line that does not continue another one must be a node.</summary>
    private HashSet<int> CheckAsDaemon(List<PhysicalLine> lines)
    {
        var bad = new HashSet<int>();
        var continued = false;
        foreach (var line in lines)
        {
            var wasContinued = continued;
            var text = line.Text.AsSpan().TrimStart(Words.Blanks);
            if (!wasContinued && (text.Length == 0 || text[0] == '#')) continue;
            continued = line.Ended && line.Text.EndsWith('\\');
            if (wasContinued) continue;
            var node = Words.Split(line.Text, line.Start + 1, Words.Blanks)[0];
            if (_nodes.Count == 0 || IsNode(node.Text)) continue;
            bad.Add(line.Number);
            var meant = Nearest.Of(node.Text, _nodes);
            _problems.Error(line.Number, node.Column, $"Bad nodename in {_file.PathAsPrinted} [{node.Text}]",
                meant is null ? $"nodes of ha.cf are: {string.Join(' ', _nodes)}" : $"did you mean {meant}?");
        }
        return bad;
    }

    private bool IsNode(string name) => _nodes.Contains(name.ToLowerInvariant());

    private void Group(LogicalLine line, HashSet<int> badLines)
    {
        var words = line.Words();
        if (words.Count == 0) return;
        var node = words[0];
        if (_nodes.Count > 0 && !IsNode(node.Text))
        {
            if (!badLines.Contains(node.Line))
                _problems.Warn(node.Line, node.Column, $"[{node.Text}] is no node: this group never starts", "the daemon of 3.0.6 takes this for the rest of the line above, its scripts do not");
            return;
        }
        if (node.Text.Any(char.IsAsciiLetterUpper))
            _problems.Warn(node.Line, node.Column, $"node name [{node.Text}] is taken as [{node.Text.ToLowerInvariant()}]", "write it as in ha.cf");
        if (words.Count == 1)
        {
            _problems.Warn(node.Line, node.Column, $"node [{node.Text}] has no resource in this line", "\"NODE RESOURCE...\"; or delete the line");
            return;
        }
        var resources = words.Skip(1).Select(Resource).ToImmutableArray();
        var group = new ResourceGroup(node.Text.ToLowerInvariant(), resources, node.Line);
        if (_groups.Find(g => g.Key == group.Key) is { } first)
            _problems.Warn(words[1].Line, words[1].Column, $"the key [{group.Key}] is already the group's of line {first.Line}: this line is ignored",
                "the first resource of a line names the group and must be unique; 3.0.6 would mix the two lines up");
        else if (_groups.Count == MaxGroups)
            _problems.Error(node.Line, node.Column, $"there are more than {MaxGroups} groups", "is this the right file?");
        else _groups.Add(group);
    }

    private ResourceSpec Resource(PlacedWord word)
    {
        var resource = ResourceWord.Parse(word.Text);
        if (resource.Agent is { } agent) Agent(resource, agent, word);
        else if (Standard(resource.Script) is { } standard)
            _problems.Error(word.Line, word.Column, $"[{resource.Script}] names no agent of the standard {standard}", standard == "ocf" ? "ocf:PROVIDER:AGENT, as in ocf:heartbeat:pgsql" : $"{standard}:NAME, as in {standard}:nginx");
        else if (!_facts.ResourceScriptExists(resource.Script))
            _problems.Warn(word.Line, word.Column, $"Cannot locate resource script {resource.Script}", "there is no such script in resource.d or init.d, and no built-in agent; where the group is started, it fails");
        if (word.Text.AsSpan().IndexOfAny("\"'") >= 0)
            _problems.Warn(word.Line, word.Column, $"quotes in [{word.Text}] mean nothing: they are part of the word", "arguments cannot hold blanks");
        else if (word.Text.AsSpan().IndexOfAny("*?[") >= 0)
            _problems.Warn(word.Line, word.Column, $"[{word.Text}] holds shell wildcards, which 3.0.6 expands in the daemon's directory", "write the name in full");
        if (resource.Script is "IPaddr" or "IPaddr2") Address(resource, word);
        else if (resource.Script == "IPv6addr" && resource.Arguments.Length > 1)
            _problems.Warn(word.Line, word.Column, $"the :: in [{word.Text}] cuts the address: the agent gets [{string.Join("] [", resource.Arguments)}]", "write the address without ::, as in 2001:db8:0:0:0:0:0:1");
        return resource;
    }

    /// <summary>An entry that names its agent by a standard, which is ours: 3.0.6 knows scripts only.</summary>
    private void Agent(ResourceSpec resource, AgentSpec agent, PlacedWord word)
    {
        if (agent.Standard == "stonith") _problems.Error(word.Line, word.Column, $"[{resource.Script}] is a fencing device, and no resource of haresources", "a stonith_host line in ha.cf");
        else if (!_facts.ResourceScriptExists(resource.Script))
            _problems.Warn(word.Line, word.Column, $"there is no agent {agent} on this machine", "where the group is started, it fails; install it, or correct the name (appliance agents list)");
        if (agent.Standard == "heartbeat") return;
        foreach (var argument in resource.Arguments)
            if (agent.Standard != "ocf") _problems.Error(word.Line, word.Column, $"{agent} takes no arguments, and is given [{argument}]", "delete what follows ::");
            else if (argument.IndexOf('=', StringComparison.Ordinal) <= 0) _problems.Error(word.Line, word.Column, $"[{argument}] is no parameter of {agent}", "NAME=VALUE, with :: between them");
    }

    /// <summary>The standard that a word begins with, if it is one.</summary>
    private static string? Standard(string script) => script.IndexOf(':', StringComparison.Ordinal) is > 0 and var at && AgentSpec.Standards.Contains(script[..at]) ? script[..at] : null;

    private void Address(ResourceSpec resource, PlacedWord word)
    {
        var parts = resource.Arguments.Length == 0 ? [] : resource.Arguments[0].Split('/');
        if (parts.Length == 0 || !IsIPv4(parts[0]))
            _problems.Warn(word.Line, word.Column, $"[{(parts.Length == 0 ? "" : parts[0])}] is no IPv4 address: the agent will refuse to start", "A.B.C.D/BITS/INTERFACE, as in 192.0.2.100/24/eth0");
        else if (parts.Length == 1)
            _problems.Warn(word.Line, word.Column, $"[{word.Text}] gives no prefix length: it is taken from the route to the address on the node that starts it", $"{parts[0]}/24, or what the network has");
        else if (!int.TryParse(parts[1], System.Globalization.NumberStyles.None, null, out var bits) || bits > 32)
            _problems.Warn(word.Line, word.Column, $"[{parts[1]}] is no prefix length: the agent will refuse to start", "a number from 0 to 32, as in /24");
    }

    private static bool IsIPv4(string text) => text.Count(c => c == '.') == 3 && text.All(c => c == '.' || char.IsAsciiDigit(c)) && IPAddress.TryParse(text, out _);
}
