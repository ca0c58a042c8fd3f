using System.Globalization;

namespace Appliance.Commands;

/// <summary><c>hb_standby [all|foreign|local|failback]</c>: this node gives resources to its peer.</summary>
internal static class HbStandby
{
    public static int Applet(string[] args)
    {
        if (WhichResources.Parse("hb_standby", args, Console.Out, Console.Error) is not { } which) return 1;
        if (which == "failback") which = "foreign";
        Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:MMM dd HH:mm:ss} Going standby [{which}].\n"));
        return FifoMessage.Send("hb_standby", Console.Error, ("t", "ask_resources"), ("rsc_hold", which), ("info", "me"));
    }
}

/// <summary>The argument that hb_standby and hb_takeover share, with 3.0.6's complaints.</summary>
internal static class WhichResources
{
    /// <returns><c>all foreign local failback</c>, or <c>null</c> after the usage was printed: exit status 1.</returns>
    public static string? Parse(string command, IReadOnlyList<string> args, TextWriter output, TextWriter errors)
    {
        var name = FifoMessage.Called(command);
        if (args.Count >= 2) output.Write($"{name}: too many arguments\n");
        else
        {
            var which = args.Count == 1 ? args[0] : "all";
            if (which is "all" or "foreign" or "local" or "failback") return which;
            if (which != "--help") output.Write($"{name}: wrong resources({which}).\n");
        }
        output.Write("usage:\n");
        errors.Write($"{name} [all|foreign|local|failback]\n");
        return null;
    }
}
