namespace Appliance.Pulse;

/// <summary>What <c>heartbeat</c> is asked to do.</summary>
internal enum HeartbeatTask { Run, Kill, Status, Reload, Version, Defaults }

/// <summary>The command line of <c>heartbeat</c>, with 3.0.6's letters.</summary>
/// <param name="Foreground">-f</param>
/// <param name="Debug">-d, once for each level</param>
/// <param name="Verbose">-v</param>
/// <param name="NoRealTime">-l</param>
/// <param name="NoResources">-M</param>
/// <param name="RestartInPlace">-R, internal: this process was heartbeat before, and its resources run</param>
/// <param name="ResourceState">-C, internal, with -R: <c>none local foreign all</c></param>
/// <param name="Wiki">-W with -D: the table in wiki markup</param>
internal sealed record HeartbeatOptions(
    HeartbeatTask Task, bool Foreground, int Debug, bool Verbose, bool NoRealTime, bool NoResources, bool RestartInPlace, string? ResourceState, bool Wiki)
{
    public static readonly string[] Usage =
    [
        "",
        "Usage: heartbeat [-dDkMrRsvWlVf] [-C Current-resource-state]",
        "\t-C only valid with -R",
        "\t-r is mutually exclusive with -R",
    ];

    /// <returns><c>null</c>, and what is wrong, when the options make no sense.</returns>
    public static HeartbeatOptions? Parse(ReadOnlySpan<string> args, out string? problem)
    {
        problem = null;
        var options = new HeartbeatOptions(HeartbeatTask.Run, false, 0, false, false, false, false, null, false);
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i].Length < 2 || args[i][0] != '-')
            {
                problem = $"unexpected argument -- '{args[i]}'";
                return null;
            }
            for (var j = 1; j < args[i].Length; j++)
            {
                var letter = args[i][j];
                if (letter == 'C')
                {
                    var value = j + 1 < args[i].Length ? args[i][(j + 1)..] : ++i < args.Length ? args[i] : null;
                    if (value is not ("none" or "local" or "foreign" or "all"))
                    {
                        problem = value is null ? "option requires an argument -- 'C'" : $"-C must be none, local, foreign or all, not '{value}'";
                        return null;
                    }
                    options = options with { ResourceState = value };
                    break;
                }
                if (Apply(options, letter) is not { } next)
                {
                    problem = $"invalid option -- '{letter}'";
                    return null;
                }
                options = next;
            }
        }
        if (options.ResourceState is not null && !options.RestartInPlace) problem = "-C without -R";
        else if (options is { Task: HeartbeatTask.Reload, RestartInPlace: true }) problem = "-r with -R";
        return problem is null ? options : null;
    }

    private static HeartbeatOptions? Apply(HeartbeatOptions options, char letter) => letter switch
    {
        'd' => options with { Debug = options.Debug + 1 },
        'D' => options with { Task = HeartbeatTask.Defaults },
        'k' => options with { Task = HeartbeatTask.Kill },
        's' => options with { Task = HeartbeatTask.Status },
        'r' => options with { Task = HeartbeatTask.Reload },
        'V' => options with { Task = HeartbeatTask.Version },
        'M' => options with { NoResources = true },
        'R' => options with { RestartInPlace = true },
        'v' => options with { Verbose = true },
        'W' => options with { Wiki = true },
        'l' => options with { NoRealTime = true },
        'f' => options with { Foreground = true },
        _ => null,
    };
}
