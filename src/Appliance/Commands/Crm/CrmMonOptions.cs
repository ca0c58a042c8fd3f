using System.Globalization;
using Appliance.Policy.Report;

namespace Appliance.Commands.Crm;

/// <summary>What crm_mon's output is made for; the last option that says so counts.</summary>
internal enum MonitorForm { Unset, Monitor, Plain, Console, Xml, LegacyXml, Html, Cgi, Json }

/// <summary>The options of <c>crm_mon</c> 2.1.5.</summary>
internal sealed class CrmMonOptions
{
    public const string Known = "Iinclude: Uexclude: -node: -resource: ngroup-by-node rinactive ffailcounts ooperations ttiming-details ctickets mfence-history? Lneg-locations? Ashow-node-attributes Dhide-headers Rshow-detail "
        + "bbrief ssimple-status jprint-pending iinterval: 1one-shot ddaemonize ppid-file: Eexternal-agent: eexternal-recipient: Wwatch-fencing has-html: Xas-xml Ndisable-ncurses wweb-cgi $version Vverbose Qquiet -json -strict-status "
        + "-output-as: -output-to: -text-fancy -html-cgi -html-stylesheet: -html-title: ?help -help-all -help-output -help-display -help-additional -help-deprecated";

    /// <summary>Letters that take what follows them in their word.</summary>
    public const string Special = "ehimpxEILU";

    private const MonitorSections ForPeople = MonitorSections.Stack | MonitorSections.Dc | MonitorSections.Times | MonitorSections.Counts | MonitorSections.Nodes | MonitorSections.Resources | MonitorSections.Failures
        | MonitorSections.MaintenanceMode | Trouble;

    /// <summary>Of the fencing history what nobody should have to ask for.</summary>
    private const MonitorSections Trouble = MonitorSections.FencingFailed | MonitorSections.FencingPending;

    private readonly List<string> _changes = [];
    private string? _fault;

    public MonitorForm Form { get; private set; }

    /// <summary>The way it is written: text, xml, html or json.</summary>
    public string? Writer { get; private set; }

    public string? Destination { get; private set; }
    public bool OneShot { get; private set; }
    public bool Daemon { get; private set; }
    public bool Cgi { get; private set; }
    public bool StrictStatus { get; private set; }
    public TimeSpan Interval { get; private set; } = TimeSpan.FromSeconds(5);
    public string PidFile { get; private set; } = "/tmp/ClusterMon.pid";
    public string? Agent { get; private set; }
    public string? Recipient { get; private set; }
    public bool WatchFencing { get; private set; }
    public string? Node { get; private set; }
    public string? Resource { get; private set; }
    public string? Title { get; private set; }
    public string? Sheet { get; private set; }
    public bool Version { get; private set; }
    public bool Help { get; private set; }
    public string BanPrefix { get; private set; } = "";
    /// <summary>0 nothing of the fencing history, 1 what failed and what is going on, 2 and 3 all.</summary>
    public int FenceLevel { get; private set; } = 1;
    public MonitorSections Sections { get; private set; }
    public StatusScope Status { get; private set; } = new() { Old = true, Inactive = false };

    /// <summary>What is wrong with the line; <c>null</c>: nothing.</summary>
    /// <param name="usage">It is said below the usage text.</param>
    public string? Read(string[] args, bool calledCgi, out bool usage)
    {
        usage = false;
        var options = new GlibOptions(args, Known, Special);
        foreach (var (name, value) in options.Options)
        {
            // The last of all lacks its argument.
            if (value is null && options.Fault?.EndsWith(name, StringComparison.Ordinal) == true) return options.Fault;
            Take(name, value);
            if (Help) return null;
            if (_fault is not null) return _fault;
        }
        if (options.Fault is not null) return options.Fault;
        if (options.Has("quiet")) _changes.Insert(0, "-times");       // whoever asks for them has them
        if (calledCgi) (Form, Writer, OneShot, Cgi) = (MonitorForm.Cgi, "html", true, true);
        SettleForm();
        Sections = Default();
        foreach (var change in _changes)
        {
            if (Apply(change) is not { } fault) continue;
            usage = true;
            return fault;
        }
        if (Form is MonitorForm.Xml or MonitorForm.LegacyXml or MonitorForm.Json) Status = Status with { Inactive = true, Timing = true };
        return null;
    }

    private void Take(string name, string? value)
    {
        switch (name)
        {
            case "help" or "help-all" or "help-output" or "help-display" or "help-additional" or "help-deprecated": Help = true; break;
            case "version": Version = true; break;
            case "include": Include(value!); break;
            case "exclude": Exclude(value!); break;
            case "node": Node = value; break;
            case "resource": Resource = value; break;
            case "group-by-node": Status = Status with { ByNode = true }; break;
            case "inactive": Status = Status with { Inactive = true }; break;
            case "brief": Status = Status with { Brief = true }; break;
            case "show-detail": Status = Status with { Details = true }; break;
            case "print-pending": Status = Status with { Pending = true }; break;
            case "failcounts": Include("failcounts"); break;
            case "operations": Include("operations"); break;
            case "tickets": Include("tickets"); break;
            case "show-node-attributes": Include("attributes"); break;
            case "hide-headers": Exclude("summary"); break;
            case "neg-locations": Include(value is null ? "bans" : "bans:" + value); break;
            case "timing-details":
                Status = Status with { Timing = true };
                Include("operations");
                break;
            case "fence-history": TakeFenceLevel(value); break;
            case "simple-status": (Form, Writer, OneShot) = (MonitorForm.Monitor, "text", true); break;
            case "strict-status": StrictStatus = true; break;
            case "as-xml": (Form, Writer, OneShot) = (MonitorForm.LegacyXml, "xml", true); break;
            case "as-html": (Form, Writer, Destination) = (MonitorForm.Html, "html", value); break;
            case "web-cgi": (Form, Writer, OneShot, Cgi) = (MonitorForm.Cgi, "html", true, true); break;
            case "disable-ncurses": (Form, Writer) = (MonitorForm.Plain, "text"); break;
            case "json": (Form, Writer, OneShot) = (MonitorForm.Json, "json", true); break;
            case "interval":
                if (Span(value!) is { } interval) Interval = interval;
                else _fault = $"Invalid value for -i: {value}";
                break;
            case "one-shot": OneShot = true; break;
            case "daemonize": Daemon = true; break;
            case "pid-file": PidFile = value!; break;
            case "external-agent": Agent = value; break;
            case "external-recipient": Recipient = value; break;
            case "watch-fencing": WatchFencing = true; break;
            case "output-as": Writer = value; break;
            case "output-to": Destination = value; break;
            case "html-cgi": Cgi = true; break;
            case "html-title": Title = value; break;
            case "html-stylesheet": Sheet = value; break;
        }
    }

    private void Include(string sections) => _changes.Add("+" + sections);

    private void Exclude(string sections) => _changes.Add("-" + sections);

    private void TakeFenceLevel(string? text)
    {
        // What is no number is no history at all, as in the original.
        FenceLevel = text is null ? 2 : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var level) ? Math.Max(level, 0) : 0;
        switch (FenceLevel)
        {
            case 2 or 3: Include("fencing"); break;
            case 1: Include("fencing-failed,fencing-pending"); break;
            case 0: Exclude("fencing"); break;
            default: _fault = "Fence history must be 0-3"; break;
        }
    }

    /// <summary>A time with a unit (seconds without one), or <c>PT</c> and so on; <c>null</c> for what is none.</summary>
    public static TimeSpan? Span(string text)
    {
        var trimmed = text.Trim();
        var digits = 0;
        while (digits < trimmed.Length && char.IsAsciiDigit(trimmed[digits])) digits++;
        if (digits == 0 || !long.TryParse(trimmed[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        double? unit = trimmed[digits..].Trim() switch
        {
            "" or "s" or "sec" => 1000,
            "ms" or "msec" => 1,
            "us" or "usec" => 0.001,
            "m" or "min" => 60_000,
            "h" or "hr" => 3_600_000,
            _ => null,
        };
        return unit is { } factor && number * factor < 1e12 ? TimeSpan.FromMilliseconds(number * factor) : null;
    }

    /// <summary>What is shown follows from the last word about the form; without one, from where the output goes.</summary>
    private void SettleForm()
    {
        if (Form != MonitorForm.Unset) return;
        Form = Writer switch
        {
            "html" => MonitorForm.Html,
            "text" => MonitorForm.Plain,
            "xml" => MonitorForm.Xml,
            "json" => MonitorForm.Json,
            _ => MonitorForm.Unset,
        };
        if (Form is MonitorForm.Xml or MonitorForm.Json) OneShot |= !Daemon;
        if (Form != MonitorForm.Unset) return;
        Writer = "text";
        if (OneShot) Form = MonitorForm.Plain;
        else if (!Daemon && Destination is not null) (OneShot, Form) = (true, MonitorForm.Plain);
        else Form = MonitorForm.Console;
    }

    private MonitorSections All => Form is MonitorForm.Monitor or MonitorForm.Plain or MonitorForm.Console ? MonitorSections.All & ~MonitorSections.Options : MonitorSections.All;

    private MonitorSections Default() => Form switch
    {
        MonitorForm.Monitor or MonitorForm.Plain or MonitorForm.Console => ForPeople,
        MonitorForm.Xml or MonitorForm.LegacyXml or MonitorForm.Json => All,
        _ => MonitorSections.Summary | MonitorSections.Nodes | MonitorSections.Resources | MonitorSections.Failures | Trouble,
    };

    private string? Apply(string change)
    {
        var include = change[0] == '+';
        foreach (var word in change[1..].Split(','))
        {
            if (word == "all") Sections = include ? All : MonitorSections.None;
            else if (word == "none") Sections = include ? MonitorSections.None : All;
            else if (word == "default" && include) Sections = Default();
            else if (word.StartsWith("bans:", StringComparison.Ordinal) && include)
            {
                Sections |= MonitorSections.Bans;
                BanPrefix = word["bans:".Length..];
            }
            else if (Section(word) is var section and not MonitorSections.None) Sections = include ? Sections | section : Sections & ~section;
            else
                return include
                    ? "--include options: all, attributes, bans[:PREFIX], counts, dc, default, failcounts, failures, fencing, fencing-failed, fencing-pending, fencing-succeeded, maint-mode, nodes, none, operations, options, resources, stack, summary, tickets, times"
                    : "--exclude options: all, attributes, bans, counts, dc, failcounts, failures, fencing, fencing-failed, fencing-pending, fencing-succeeded, maint-mode, nodes, none, operations, options, resources, stack, summary, tickets, times";
        }
        return null;
    }

    private static MonitorSections Section(string name) => name switch
    {
        "attributes" => MonitorSections.Attributes,
        "bans" => MonitorSections.Bans,
        "counts" => MonitorSections.Counts,
        "dc" => MonitorSections.Dc,
        "failcounts" => MonitorSections.FailCounts,
        "failures" => MonitorSections.Failures,
        "fencing" => MonitorSections.Fencing,
        "fencing-failed" => MonitorSections.FencingFailed,
        "fencing-pending" => MonitorSections.FencingPending,
        "fencing-succeeded" => MonitorSections.FencingSucceeded,
        "maint-mode" => MonitorSections.MaintenanceMode,
        "nodes" => MonitorSections.Nodes,
        "operations" => MonitorSections.Operations,
        "options" => MonitorSections.Options,
        "resources" => MonitorSections.Resources,
        "stack" => MonitorSections.Stack,
        "summary" => MonitorSections.Summary,
        "tickets" => MonitorSections.Tickets,
        "times" => MonitorSections.Times,
        _ => MonitorSections.None,
    };

    /// <summary>Shows or hides sections while it runs.</summary>
    public void Toggle(MonitorSections sections) => Sections = (Sections & sections) != 0 ? Sections & ~sections : Sections | sections;

    /// <summary>Changes how it is shown while it runs.</summary>
    public void Change(Func<StatusScope, StatusScope> change) => Status = change(Status);

    /// <summary>Goes round the levels of the fencing history.</summary>
    public void NextFenceLevel()
    {
        FenceLevel = (FenceLevel + 1) % 4;
        Sections &= ~MonitorSections.Fencing;
        if (FenceLevel > 0) Sections |= FenceLevel == 1 ? Trouble : MonitorSections.Fencing;
    }
}
