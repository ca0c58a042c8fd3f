using System.Text;
using Appliance.Policy.Model;

namespace Appliance.Policy.Report;

/// <summary>Actions and relations as a drawing: those in the graph bold, those that only would be dashed; on request those that need not be and must not be as well.</summary>
internal static class DotGraph
{
    /// <param name="all">What is optional or not managed too.</param>
    /// <param name="numbers">The actions' numbers behind their names.</param>
    public static string Draw(Scheduling model, bool all, bool numbers)
    {
        var text = new StringBuilder(" digraph \"g\" {\n");
        for (var i = model.Actions.Count - 1; i >= 0; i--)
        {
            var action = model.Actions[i];
            var font = action.Pseudo ? "orange" : "black";
            string style, colour;
            if (action.Is(ActionFlags.InGraph)) (style, colour) = ("bold", "green");
            else if (action.Resource is { Managed: false })
            {
                if (!all) continue;
                (style, colour, font) = ("dashed", "red", "purple");
            }
            else if (action.Optional)
            {
                if (!all) continue;
                (style, colour) = ("dashed", "blue");
            }
            else (style, colour) = ("dashed", "red");
            action.Set(ActionFlags.Drawn);
            text.Append($"\"{Shown(action)}\" [ style={style} color=\"{colour}\" fontcolor=\"{font}\"]\n");
        }
        for (var i = model.Actions.Count - 1; i >= 0; i--)
        {
            var action = model.Actions[i];
            foreach (var input in action.Before)
            {
                string style;
                if (input.State == RelationState.Taken) style = "bold";
                else if (input.Flags == OrderFlags.None) continue;
                else if (all || input.Flags != OrderFlags.IfOnSameNodeOrTarget && input.First.Is(ActionFlags.Drawn) && action.Is(ActionFlags.Drawn)) style = "dashed";
                else continue;
                text.Append($"\"{Shown(input.First)}\" -> \"{Shown(action)}\" [ style = {style}]\n");
            }
        }
        return text.Append("}\n").ToString();

        string Shown(PolicyAction action) => numbers ? $"{Name(action)} ({Texts.Text(action.Id)})" : Name(action);
    }

    public static string Name(PolicyAction action)
    {
        if (action.Task == Operation.Fence)
        {
            var operation = action.Meta.GetValueOrDefault("stonith_action");
            return action.Node is null ? $"stonith '{operation}'" : $"stonith '{operation}' {action.Node.Name}";
        }
        string name;
        if (action.Resource is not null)
        {
            if (action.Resource.HistoryName is not { } own) name = action.Key;
            else if (action.Task is Operation.Notify or Operation.Notified)
                name = Naming.NotifyKey(own, action.Meta.GetValueOrDefault("notify_key_type") ?? "", action.Meta.GetValueOrDefault("notify_key_operation") ?? "");
            else name = Naming.Key(own, action.CancelTask ?? action.Task, action.IntervalMs);
            if (action.CancelTask is not null) name = "Cancel " + name;
            return action.Node is not null ? $"{name} {action.Node.Name}" : action.Pseudo ? name : name + " <none>";
        }
        return action.Node is not null ? $"{action.Task} {action.Node.Name}" : action.Key;
    }
}
