using System.Text;

namespace Appliance.Policy.Model;

/// <summary>One line about how resources get their nodes, in the order in which it comes up.</summary>
public abstract class AssignmentNote
{
    private AssignmentNote() { }

    /// <summary>What speaks for a node as a resource is assigned.</summary>
    public sealed class Weight(string function, string resource, string node, int score) : AssignmentNote
    {
        public string Function => function;
        public string Resource => resource;
        public string Node => node;
        public string Score => Scores.Text(score);

        public override string ToString() => $"{Function}: {Resource} allocation score on {Node}: {Score}";
    }

    /// <summary>What speaks for promoting an instance, on its node or (inactive) on none.</summary>
    public sealed class Promotion(string resource, string? node, string score) : AssignmentNote
    {
        public string Resource => resource;
        public string? Node => node;
        public string Score => score;

        public override string ToString() => Node is null ? $"{Resource} promotion score (inactive): {Score}" : $"{Resource} promotion score on {Node}: {Score}";
    }

    /// <summary>What a node has of everything: before (Original) or after (Remaining) the assignment.</summary>
    public sealed class Capacity(string comment, string node, List<string> amounts) : AssignmentNote
    {
        public string Comment => comment;
        public string Node => node;
        public List<string> Amounts => amounts;

        public override string ToString() => $"{Comment}: {Node} capacity:{Pairs(Amounts)}";
    }

    /// <summary>What a resource takes of its node.</summary>
    public sealed class Use(string function, string resource, string node, List<string> amounts) : AssignmentNote
    {
        public string Function => function;
        public string Resource => resource;
        public string Node => node;
        public List<string> Amounts => amounts;

        public override string ToString() => $"{Function}: {Resource} utilization on {Node}:{Pairs(Amounts)}";
    }

    /// <summary>Whether it is about capacities, and not about scores.</summary>
    public bool IsUtilization => this is Capacity or Use;

    /// <param name="amounts">Names and values by turns.</param>
    private static string Pairs(List<string> amounts)
    {
        var text = new StringBuilder();
        for (var i = 0; i + 1 < amounts.Count; i += 2) text.Append(' ').Append(amounts[i]).Append('=').Append(amounts[i + 1]);
        return text.ToString();
    }
}
