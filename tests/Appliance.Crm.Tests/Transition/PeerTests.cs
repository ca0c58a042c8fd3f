using System.Diagnostics;
using System.Globalization;
using Appliance.Cib;
using Appliance.Policy.Graph;

namespace Appliance.Crm.Tests.Transition;

/// <summary>
/// The real crm_simulate (Debian: pacemaker-cli-utils) makes graphs of random clusters and carries them out in thought, now and then with an action that fails. The same graph run here begins
/// the same actions in the same order, leaves the same ones, and calls the end the same.
/// </summary>
[Category("peer")]
public class A_graph_of_the_real_engine
{
    private const string Program = "/usr/sbin/crm_simulate";
    private const string Invalid = "An invalid transition was produced";

    private static IEnumerable<int> Seeds => Enumerable.Range(1000, 30);

    [TestCaseSource(nameof(Seeds))]
    public void Is_run_as_the_real_one_runs_it(int seed)
    {
        if (!File.Exists(Program)) Assert.Ignore("crm_simulate is missing (Debian package pacemaker-cli-utils)");
        var folder = Directory.CreateTempSubdirectory("graph");
        try
        {
            var (cib, saved) = (Path.Combine(folder.FullName, "cib.xml"), Path.Combine(folder.FullName, "graph.xml"));
            File.WriteAllText(cib, RandomCib.Of(seed).ToString());
            Compare(Simulate(folder.FullName, cib, saved), saved);

            // Once more, and one of its operations fails.
            var operations = CibElement.Parse(File.ReadAllText(saved), "graph").Descendants("rsc_op").Where(static o => o.Parent!.Name == "action_set" && o["operation"] is "start" or "stop" or "monitor" or "promote" or "demote").ToArray();
            if (operations.Length == 0) return;
            var failing = operations[seed % operations.Length];
            var primitive = failing.Element("primitive")!;
            Compare(Simulate(folder.FullName, cib, saved, "-F", $"{primitive.Id}_{failing["operation"]}_{failing.Element("attributes")?["CRM_meta_interval"] ?? "0"}@{failing["on_node"]}=1"), saved);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Compare(string output, string saved)
    {
        var at = output.IndexOf("Executing Cluster Transition:\n", StringComparison.Ordinal);
        Assert.That(at, Is.GreaterThanOrEqualTo(0), output);
        var theirs = output[(at + "Executing Cluster Transition:\n".Length)..].Split('\n').TakeWhile(static l => l.Length > 0).Select(static l => l.Trim()).ToList();
        var failed = new List<int>();
        foreach (var line in output.Split('\n'))
            if (line.Split("Pretending action ") is [_, var rest]) failed.Add(int.Parse(rest.Split(' ')[0], CultureInfo.InvariantCulture));
        var graph = GraphReader.Read(CibElement.Parse(File.ReadAllText(saved), "graph"), out var problem);
        Assert.That(problem, Is.Empty);
        var hands = new Hands(failed);
        hands.Run = new(graph!);
        GraphProgress progress;
        do progress = hands.Run.Pass(hands);
        while (progress.Fired > 0);
        var actions = theirs.Where(static l => l.StartsWith("* ", StringComparison.Ordinal) && !l.Contains("Injecting", StringComparison.Ordinal)).ToList();
        Assert.That(hands.Lines, Has.Count.EqualTo(actions.Count), string.Join('\n', theirs) + "\n---\n" + string.Join('\n', hands.Lines.ConvertAll(static l => l[0])));
        for (var i = 0; i < actions.Count; i++) Assert.That(hands.Lines[i], Does.Contain(actions[i]));
        Assert.That(progress.Status == GraphStatus.Terminated, Is.EqualTo(output.Contains(Invalid, StringComparison.Ordinal)));
    }

    private static string Simulate(string folder, string cib, string graph, params string[] more)
    {
        var start = new ProcessStartInfo(Program, ["-x", cib, "-S", "-t", "2023-11-14 22:13:20Z", "-G", graph, .. more]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["CIB_shadow_dir"] = folder;
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var all = output + error.Result;
        // A graph that cannot be finished is an error to it, and compared like any other.
        Assert.That(process.ExitCode == 0 || all.Contains(Invalid, StringComparison.Ordinal), all);
        return all;
    }

    /// <summary>Everything is done at once, and said as the real one says it (a resource goes by its number or without).</summary>
    private sealed class Hands(List<int> failed) : IGraphHands
    {
        public List<string[]> Lines { get; } = [];
        public GraphRun? Run { get; set; }

        public bool HasRoom(GraphAction action) => true;

        public void Start(GraphAction action)
        {
            var on = action.Node is null ? "" : " on " + action.Node;
            Lines.Add(action.Kind switch
            {
                GraphActionKind.Pseudo => [$"* Pseudo action:   {action.Key}{on}"],
                GraphActionKind.Cluster when action.IsFencing => [$"* Fencing {action.Node} ({action.Meta("stonith_action")})"],
                GraphActionKind.Cluster => [$"* Cluster action:  {action.Task}{(action.Resource is null ? "" : " for " + action.Resource)}{on}"],
                _ => [Operation(action, action.Resource!), Operation(action, action.Element.Element("primitive")!["long-id"] ?? "")],
            });
            var isFailed = failed.Contains(action.Id);
            if (isFailed) Run!.Abort(Synapse.Always);
            Run!.End(action, isFailed ? ActionState.Failed : ActionState.Done);
        }

        private static string Operation(GraphAction action, string resource) =>
            string.Create(CultureInfo.InvariantCulture, $"* Resource action: {resource,-15} {action.Task}{(action.IntervalMs > 0 && action.Task != "delete" ? $"={action.IntervalMs}" : "")} on {action.Node}");
    }
}
