using System.Text;
using Appliance.Policy.Model;

namespace Appliance.Policy.Report;

/// <summary>All actions and relations as a drawing: those in the graph bold, those that only would be dashed.</summary>
internal static class DotGraph
{
    public static string Draw(Scheduling model)
    {
        var text = new StringBuilder(" digraph \"g\" {\n");
        for (var i = model.Actions.Count - 1; i >= 0; i--)
        {
            var action = model.Actions[i];
            var font = action.Pseudo ? "orange" : "black";
            string style, colour;
            if (action.Is(ActionFlags.InGraph)) (style, colour) = ("bold", "green");
            else if (action.Resource is { Managed: false } || action.Optional) continue;
            else (style, colour) = ("dashed", "red");
            action.Set(ActionFlags.Drawn);
            text.Append($"\"{Name(action)}\" [ style={style} color=\"{colour}\" fontcolor=\"{font}\"]\n");
        }
        for (var i = model.Actions.Count - 1; i >= 0; i--)
        {
            var action = model.Actions[i];
            foreach (var input in action.Before)
            {
                string style;
                if (input.State == RelationState.Taken) style = "bold";
                else if (input.Flags is OrderFlags.None or OrderFlags.IfOnSameNodeOrTarget) continue;
                else if (input.First.Is(ActionFlags.Drawn) && action.Is(ActionFlags.Drawn)) style = "dashed";
                else continue;
                text.Append($"\"{Name(input.First)}\" -> \"{Name(action)}\" [ style = {style}]\n");
            }
        }
        return text.Append("}\n").ToString();
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
