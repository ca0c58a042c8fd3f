using Appliance.Core;

namespace Appliance.Configuration;

/// <summary><c>quorum [two_node=BOOL] [wait_for_all=BOOL] [tiebreaker=lowest|NODE] [needs=ping,carrier]</c>; heartbeat 3.0.6 has no such directive.</summary>
internal sealed partial class HaCfReader
{
    private const string QuorumForm = "quorum [two_node=BOOL] [wait_for_all=BOOL] [tiebreaker=lowest|NODE] [needs=ping,carrier]";

    private static readonly string[] QuorumOptions = ["two_node", "wait_for_all", "tiebreaker", "needs"];

    private Place? _quorum;
    private Place? _tieBreaker;

    private void Quorum(Place at, string rest, int column)
    {
        if (_quorum is not null) Error(at, "quorum is there twice", "one line holds all of it; delete the other");
        _quorum = at;
        var spec = QuorumSpec.Usual;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var words = Words.Split(rest, column, Words.Blanks);
        if (words.Count == 0) Warn(at, "quorum has no value: the line means nothing", QuorumForm);
        foreach (var word in words) spec = QuorumOption(at with { Column = word.Column }, word.Text, spec, seen);
        _cf = _cf with { Quorum = spec };
    }

    private QuorumSpec QuorumOption(Place at, string word, QuorumSpec spec, HashSet<string> seen)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var (name, value) = equals < 0 ? (word, "") : (word[..equals], word[(equals + 1)..]);
        if (!QuorumOptions.Contains(name) || equals < 0)
        {
            Error(at, $"quorum: [{word}] is not known", Nearest.Of(name, QuorumOptions) is { } meant ? $"did you mean {meant}=? {QuorumForm}" : QuorumForm);
            return spec;
        }
        if (!seen.Add(name)) Error(at, $"quorum: {name} is there twice", "keep one of them");
        var place = at with { Column = at.Column + equals + 1 };
        switch (name)
        {
            case "two_node": return spec with { TwoNode = QuorumFlag(place, name, value) };
            case "wait_for_all": return spec with { WaitForAll = QuorumFlag(place, name, value) };
            case "tiebreaker":
                _tieBreaker = place;
                return spec with { TieBreaker = value.ToLowerInvariant() };
            default:
                var needs = QuorumNeeds.None;
                foreach (var need in value.Split(','))
                    if (need == "ping") needs |= QuorumNeeds.Ping;
                    else if (need == "carrier") needs |= QuorumNeeds.Carrier;
                    else Error(place, $"quorum: needs [{need}] is not known", "ping, carrier, or both: needs=ping,carrier");
                return spec with { Needs = needs };
        }
    }

    private bool? QuorumFlag(Place at, string name, string value)
    {
        var flag = Numbers.Boolean(value);
        if (flag is null) Error(at, $"quorum: {name} [{value}] is neither yes nor no", "yes or no");
        return flag;
    }

    private void CheckQuorum()
    {
        if (_quorum is not { } at || _cf.Quorum is not { } spec) return;
        var count = _nodes.Count;
        if (!_cf.Crm) Warn(at, "quorum has no effect without crm", "crm yes, or delete the line");
        if (spec.TwoNode is true && count != 2) Error(at, $"quorum: two_node is for two nodes, and there are {Text(count)}", "delete two_node=yes");
        var pair = spec.TwoNode ?? count == 2;
        if (spec.TieBreaker is { } node && _tieBreaker is { } place)
        {
            if (node != QuorumSpec.Lowest && !_nodes.Contains(node)) Error(place, $"quorum: tiebreaker [{node}] is no node", "lowest, or the name of a node");
            else if (count % 2 != 0) Warn(place, $"quorum: {Text(count)} nodes never part into halves", "delete the tiebreaker");
            else if (pair) Warn(place, "quorum: with two_node each node may go on alone, whatever the tiebreaker", "delete the tiebreaker, or two_node=no");
        }
        if (spec.Needs == QuorumNeeds.None) return;
        if (!pair && spec.TieBreaker is null) Warn(at, "quorum: needs is asked for only where there is no majority, and then nothing is done here", "a tiebreaker, or delete needs");
        if ((spec.Needs & QuorumNeeds.Ping) != 0 && !_media.Exists(m => m is MediumSpec.Ping or MediumSpec.PingGroup)) Error(at, "quorum: needs=ping, and there is no ping node", "ping ADDRESS");
        if ((spec.Needs & QuorumNeeds.Carrier) != 0 && !_media.Exists(m => m is MediumSpec.Serial)) Error(at, "quorum: needs=carrier, and there is no serial line", "serial DEVICE");
        if (count == 2 && spec.Needs == QuorumNeeds.Carrier) Warn(at, "quorum: needs=carrier alone, in a pair: a machine that loses its power takes its carrier along, and the other one does not go on", "ping ADDRESS, and needs=ping,carrier");
    }
}
