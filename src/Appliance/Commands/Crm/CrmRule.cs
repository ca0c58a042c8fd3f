using System.Globalization;
using Appliance.Cib;
using Appliance.Cib.Requests;

namespace Appliance.Commands.Crm;

/// <summary><c>crm_rule</c>: whether a rule of a constraint is in effect at an instant.</summary>
internal static class CrmRule
{
    private const int Usage = 64, DataError = 65;

    // What came of a rule, as Pacemaker's return codes.
    private const int Unsatisfied = -1021, Undetermined = -1022, BeforeRange = -1023, WithinRange = -1024, AfterRange = -1025, NoInput = -1027, Duplicate = -1033, Unsupported = 95;

    public static int Run(CrmWorld world, string[] args) => CrmTool.Run(world, "crm_rule", args, "ccheck Xxml-text: ddate: rrule:", "drX", HelpText, Work);

    private static int Work(CrmTool tool)
    {
        var options = tool.Options;
        if (!options.Has("check")) return tool.Fail(Usage, "No mode operation given");
        if (!options.Has("rule")) return tool.Fail(Usage, "--check requires use of --rule=");
        var local = CrmText.Local(tool.World);
        var now = local;
        if (options["date"] is { } date && !Iso8601.TryDate(date, local, out now, out _)) return tool.Fail(DataError, $"Invalid date specified: '{date}'");

        CibElement? cib;
        if (options["xml-text"] is { } text)
        {
            cib = text == "-" ? FileCib.Read("-", tool.World) : CibElement.TryParse(text, "text", out var root, out _) ? root : null;
            if (cib is null) return tool.Fail(DataError, text == "-" ? "Couldn't parse input from STDIN\n" : $"Couldn't parse input string: {text}\n");
        }
        else
        {
            CibAccess.Open(tool.World, out var access);
            if (access is null)
            {
                tool.View.Error($"CIB query failed: {PacemakerCodes.Text(NoInput)}");
                return PacemakerCodes.Exit(NoInput);
            }
            cib = access.Perform(new(CibOperation.Query)).Answer!;
        }
        var rc = 0;
        foreach (var (name, id) in options.Options)
        {
            if (name != "rule") continue;
            var one = Check(cib, id!, now, out var error);
            Show(tool, id!, one, error);
            if (one != 0) rc = one;
        }
        return PacemakerCodes.Exit(rc);
    }

    private static int Check(CibElement cib, string id, CibTime now, out string? error)
    {
        error = null;
        var rules = CibSections.Find(cib, "constraints")?.Descendants("rule").Where(r => r.Id == id).ToList() ?? [];
        if (rules.Count != 1)
        {
            error = rules.Count == 0 ? "Rule not found" : "Found more than one rule with matching ID";
            return rules.Count == 0 ? PacemakerCodes.NoSuchObject : Duplicate;
        }
        var dates = rules[0].Descendants("date_expression").ToList();
        if (dates.Count != 1)
        {
            error = dates.Count == 0 ? "Rule does not have a date expression" : "Rule has more than one date expression";
            return Unsupported;
        }
        var specification = dates[0].Element("date_spec");
        if (dates[0]["operation"] is null or "date_spec" && (specification?["years"] is null || specification["moon"] is not null))
        {
            error = "Rule must either not use date_spec, or use date_spec with years= but not moon=";
            return Unsupported;
        }
        var verdict = Rule.EvaluateCondition(dates[0], new(now));
        if (verdict == RuleVerdict.Malformed) error = "Error parsing rule";
        return verdict switch
        {
            RuleVerdict.Passes => dates[0]["operation"] is "date_spec" ? 0 : WithinRange,
            RuleVerdict.Before => BeforeRange,
            RuleVerdict.After => AfterRange,
            RuleVerdict.Fails => Unsatisfied,
            _ => Undetermined,
        };
    }

    private static void Show(CrmTool tool, string id, int rc, string? error)
    {
        tool.View.Xml?.Empty("rule-check", ("rule-id", id), ("rc", PacemakerCodes.Exit(rc).ToString(CultureInfo.InvariantCulture)));
        var words = rc switch
        {
            0 => "satisfies conditions", WithinRange => "is still in effect", AfterRange => "is expired", BeforeRange => "has not yet taken effect", Unsatisfied => "does not satisfy conditions", _ => null,
        };
        if (words is null) tool.View.Error($"Could not determine whether rule {id} is in effect: {error ?? "unexpected error"}");
        else tool.Say($"Rule {id} {words}");
    }

    private const string HelpText = """
        Usage:
          crm_rule [OPTION…]

        crm_rule - whether a rule of a constraint is in effect

          -c, --check               Check it
          -r, --rule=ID             The rule; may be repeated
          -d, --date=DATE           At this instant (ISO 8601) instead of now
          -X, --xml-text=XML        In this CIB ("-": from standard input)
          --output-as=text|xml|none   --output-to=FILE   -$, --version   -?, --help

        """;
}
