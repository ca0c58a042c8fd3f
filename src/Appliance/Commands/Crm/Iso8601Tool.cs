using Appliance.Cib;

namespace Appliance.Commands.Crm;

/// <summary><c>iso8601</c>: reads dates, durations and periods, and prints them in other forms.</summary>
internal static class Iso8601Tool
{
    private const int InvalidParameter = 2;

    public static int Run(CrmWorld world, string[] args) =>
        CrmTool.Run(world, "iso8601", args, "nnow ddate: pperiod: Dduration: Eexpected: sseconds Sepoch Llocal Oordinal Wweek", "dpDE", HelpText, Work, forms: false);

    private static int Work(CrmTool tool)
    {
        var (world, options) = (tool.World, tool.Options);
        var form = options.Has("seconds") ? CibTimeForm.Seconds : options.Has("epoch") ? CibTimeForm.Epoch : options.Has("week") ? CibTimeForm.Week
            : options.Has("ordinal") ? CibTimeForm.Ordinal : CibTimeForm.Calendar;
        var local = options.Has("local");
        var now = CrmText.Local(world);

        CibTime? time = null;
        if (options.Options.FindLast(o => o.Name is "now" or "date") is { Name: not null } asked)
        {
            var given = now;
            var isNow = asked.Name == "now" || Values.Same(asked.Value, "now");
            if (!isNow && !Iso8601.TryDate(asked.Value!, now, out given, out _)) return tool.Fail(InvalidParameter, $"Invalid date/time specified: {asked.Value}");
            world.Output.Write($"{(isNow ? "Current date/time" : "Date")}: {given.ToString(form, local)}\n");
            time = given;
        }
        CibDuration? duration = null;
        if (options["duration"] is { } span)
        {
            if (!Iso8601.TryDuration(span, out var given, out _)) return tool.Fail(InvalidParameter, $"Invalid duration specified: {span}");
            world.Output.Write($"Duration: {given}\n");
            duration = given;
        }
        if (options["period"] is { } period)
        {
            if (!Iso8601.TryPeriod(period, now, out var start, out var end, out _)) return tool.Fail(InvalidParameter, $"Invalid interval specified: {period}");
            world.Output.Write($"Period: {start.ToString(form, local)} to {end.ToString(form, local)}\n");
        }
        if (time is not { } at) return 0;
        if (duration is { } length)
        {
            at += length;
            world.Output.Write($"Duration ends at: {at.ToString(form, local: true)}\n");
        }
        return options["expected"] is { } expected && !Values.Same(expected, at.ToString(form, local)) ? 1 : 0;
    }

    private const string HelpText = """
        Usage:
          iso8601 [OPTION…]

        iso8601 - read dates, durations and periods of ISO 8601

          -n, --now                 The present instant
          -d, --date=DATE           A date or time (2019-09-24 00:30:00 +01:00, 2019-040)
          -D, --duration=DURATION   A duration (P1M); with -d or -n: when it ends, too
          -p, --period=PERIOD       A start and an end (2005-040/2005-043)
          -E, --expected=TEXT       Exit status 1 if the result is not this
          -s, --seconds   -S, --epoch   -L, --local   -O, --ordinal   -W, --week
                                    Print it in another form
          -$, --version   -?, --help

        """;
}
