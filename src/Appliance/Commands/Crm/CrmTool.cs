using Appliance.Commands.ResourceTools;

namespace Appliance.Commands.Crm;

/// <summary>What Pacemaker's newer tools have in common: options, a form of output (text, xml, none), a file for it, errors that name the tool.</summary>
internal sealed class CrmTool
{
    private const string Common = " $version Vverbose -output-as: -output-to: -text-fancy hhelp ?help -help-all -help-output";

    private CrmTool(CrmWorld world, string name, GlibOptions options, PacemakerOutput view) => (World, Name, Options, View) = (world, name, options, view);

    public CrmWorld World { get; }
    public string Name { get; }
    public GlibOptions Options { get; }
    public PacemakerOutput View { get; }

    /// <summary>Whether only values are to be shown.</summary>
    public bool Quiet { get; set; }

    /// <summary>Reads the line, opens the output and has the tool do its work.</summary>
    /// <param name="known">As for <see cref="GlibOptions"/>; the common ones come by themselves.</param>
    /// <param name="work">Returns the exit status.</param>
    /// <param name="forms">Whether there is a choice of forms; some tools have text only.</param>
    public static int Run(CrmWorld world, string name, string[] args, string known, string special, string help, Func<CrmTool, int> work, bool forms = true)
    {
        world = world with { Program = name };
        var options = new GlibOptions(args, known + (forms ? Common : " $version Vverbose hhelp ?help -help-all"), special);
        if (options.Options.Exists(o => o.Name.StartsWith("help", StringComparison.Ordinal)))
        {
            world.Output.Write(help);
            return 0;
        }
        if (options.Fault is { } fault) return world.Fail(64, $"{name}: {fault}");
        var form = options["output-as"];
        if (form is not (null or "text" or "xml" or "none")) return world.Fail(1, $"{name}: Error creating output format {form}: Unknown output format");
        var (output, errors) = form == "none" ? (TextWriter.Null, TextWriter.Null) : (world.Output, world.Errors);
        if (options["output-to"] is not { } path || path == "-") return Do(output);
        try
        {
            using var file = new StreamWriter(path);
            return Do(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return world.Fail(1, $"{name}: Error creating output format {form ?? "(null)"}: {(problem is UnauthorizedAccessException ? "Permission denied" : "No such file or directory")}");
        }

        int Do(TextWriter to)
        {
            var view = new PacemakerOutput(to, errors, form == "xml", options.Has("text-fancy"), [name, .. args]);
            var tool = new CrmTool(world, name, options, view);
            if (!options.Has("version")) return view.End(work(tool));
            if (view.Xml is { } xml) xml.Empty("version", ("program", "appliance"), ("version", StatusView.ProductVersion));
            else to.Write(CrmText.Version(name));
            return view.End(0);
        }
    }

    /// <summary>An error that ends the tool.</summary>
    public int Fail(int status, string error)
    {
        View.Error($"{Name}: {error}");
        return status;
    }

    /// <summary>A line for people: not with --quiet, not in XML.</summary>
    public void Say(string text)
    {
        if (View.Xml is null && !Quiet) View.Line(text);
    }

    /// <summary>The CIB, or the exit status when there is none.</summary>
    public int Connect(out ICib? cib)
    {
        var rc = CibAccess.Open(World, out cib);
        return cib is not null ? 0 : Fail(PacemakerCodes.Exit(rc), $"Could not connect to the CIB: {PacemakerCodes.Text(rc)}");
    }
}
