using System.Globalization;
using Appliance.Cib;

namespace Appliance.Commands.Crm;

/// <summary><c>crm_error</c>: what the numbers mean that Pacemaker's tools and libraries end with.</summary>
internal static class CrmError
{
    public static int Run(CrmWorld world, string[] args) => CrmTool.Run(world, "crm_error", args, "nname llist Xexit rrc", "", HelpText, Work);

    private static int Work(CrmTool tool)
    {
        var options = tool.Options;
        var kind = options.Options.FindLast(o => o.Name is "exit" or "rc").Name;
        var names = options.Has("name");
        if (options.Has("list") || options.Operands.Count == 0)
        {
            for (var code = kind == "rc" ? -1000 - PacemakerCodes.OwnCodes : 0; code <= 256; code++)
            {
                if (code == -1000) code = 0;
                // Numbers without a name, and 256 of exit statuses, are passed over.
                var name = Name(kind, code);
                if (name is not ("Unknown" or null) && (kind != "exit" || code < 255)) Show(tool, kind, code, names, numbers: true);
            }
            return 0;
        }
        foreach (var word in options.Operands)
            if (word != "--") Show(tool, kind, Values.TryWholeInteger(word, out var code) ? (int)Math.Clamp(code, int.MinValue, int.MaxValue) : int.MinValue, names, options.Has("verbose"));
        return 0;
    }

    private static string? Name(string? kind, int code) => kind switch { "exit" => PacemakerCodes.ExitName(code), "rc" => PacemakerCodes.Name(code), _ => PacemakerCodes.LegacyName(code) };

    private static void Show(CrmTool tool, string? kind, int code, bool names, bool numbers)
    {
        var text = kind switch { "exit" => PacemakerCodes.ExitText(code), "rc" => PacemakerCodes.Text(code), _ => PacemakerCodes.Text(PacemakerCodes.FromLegacy(code)) };
        var name = names ? Name(kind, code) ?? "CRM_EX_UNKNOWN" : null;
        if (tool.View.Xml is { } xml) xml.Empty("result-code", ("code", code.ToString(CultureInfo.InvariantCulture)), ("name", name), ("description", text));
        else if (!numbers) tool.View.Line(name is null ? text : $"{name} - {text}");
        else tool.View.Line(string.Create(CultureInfo.InvariantCulture, $"{code,5}: ") + (name is null ? text : $"{name,-26}  {text}"));
    }

    private const string HelpText = """
        Usage:
          crm_error [OPTION…] [-- CODE...]

        crm_error - what Pacemaker's numbers mean

          -l, --list   All of them
          -n, --name   Their names, too
          -r, --rc     They are return codes
          -X, --exit   They are exit statuses
          --output-as=text|xml|none   --output-to=FILE   -V, --verbose   -$, --version   -?, --help

        """;
}
