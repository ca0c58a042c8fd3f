using Appliance.Cib;
using Appliance.Cib.Requests;

namespace Appliance.Commands.Crm;

/// <summary><c>crm_ticket</c>: the tickets by which sites agree who runs what.</summary>
internal static class CrmTicket
{
    private const string Known = "linfo Ldetails wraw qquery-xml cconstraints ggrant rrevoke sstandby aactivate Gget-attr: Sset-attr: Ddelete-attr: Ccleanup vattr-value: ddefault: fforce tticket: xxml-file: nset-name: invpair: Qquiet";

    private const int NotAllowed = 4, Usage = 64, Config = 78, NoSuch = 105;

    public static int Run(CrmWorld world, string[] args) => CrmTool.Run(world, "crm_ticket", args, Known, "dintvxCDGS", HelpText, Work, forms: false);

    private sealed class Wanted
    {
        public string Command = "";
        public string? Ticket, Get, Default, Name, Value, File;
        public bool Force, Modifies;
        public List<KeyValuePair<string, string>> Set { get; } = [];
        public List<string> Delete { get; } = [];

        public void Give(string name, string value)
        {
            Set.RemoveAll(p => p.Key == name);
            Set.Add(new(name, value));
            Modifies = true;
        }

        /// <summary>A name and its value may come in either order.</summary>
        public void Pair()
        {
            if (Name is null || Value is null) return;
            Give(Name, Value);
            (Name, Value) = (null, null);
        }
    }

    private static int Work(CrmTool tool)
    {
        var wanted = Read(tool.Options);
        var status = tool.Connect(out var cib);
        if (cib is null) return status;
        var reply = wanted.File is null ? cib.Perform(new(CibOperation.Query)) : new CibReply(CibResult.Ok, FileCib.Read(wanted.File, tool.World));
        if (reply.Result != CibResult.Ok) return tool.Fail(PacemakerCodes.Exit((int)reply.Result), $"Could not get local CIB: {PacemakerCodes.Text((int)reply.Result)}");
        var document = reply.Answer;
        if (document is null || document["validate-with"] is null) return tool.Fail(Config, "Could not update local CIB to latest schema version");
        status = Do(tool, cib, wanted, Tickets.All(document));
        var closed = cib.Close();
        return status == 0 ? PacemakerCodes.Exit(closed) : status;
    }

    private static Wanted Read(GlibOptions options)
    {
        var wanted = new Wanted();
        foreach (var (name, value) in options.Options)
            switch (name)
            {
                case "info" or "details" or "raw" or "query-xml" or "constraints" or "cleanup": wanted.Command = name; break;
                case "get-attr": (wanted.Command, wanted.Get) = (name, value); break;
                case "grant": wanted.Give("granted", "true"); break;
                case "revoke": wanted.Give("granted", "false"); break;
                case "standby": wanted.Give("standby", "true"); break;
                case "activate": wanted.Give("standby", "false"); break;
                case "set-attr":
                    wanted.Name = value;
                    wanted.Pair();
                    break;
                case "attr-value":
                    wanted.Value = value;
                    wanted.Pair();
                    break;
                case "delete-attr":
                    wanted.Delete.Add(value!);
                    wanted.Modifies = true;
                    break;
                case "default": wanted.Default = value; break;
                case "force": wanted.Force = true; break;
                case "ticket": wanted.Ticket = value; break;
                case "xml-file": wanted.File = value; break;
            }
        return wanted;
    }

    private static int Do(CrmTool tool, ICib cib, Wanted wanted, List<TicketState> all)
    {
        var ticket = all.Find(t => t.Id == wanted.Ticket);
        switch (wanted.Command)
        {
            case "info" or "details" or "raw" when wanted.Ticket is not null:
                if (ticket is null) return tool.Fail(NoSuch, $"No such ticket '{wanted.Ticket}'");
                Show(tool, ticket, wanted.Command);
                return 0;
            case "info" or "details" or "raw":
                foreach (var id in GlibOrder.Of(all.ConvertAll(t => t.Id))) Show(tool, all.Find(t => t.Id == id)!, wanted.Command);
                return 0;
            case "query-xml": return ShowXml(tool, cib, Tickets.Query(wanted.Ticket), "State XML:\n\n", "query ticket XML");
            case "constraints": return ShowXml(tool, cib, Tickets.QueryConstraints(wanted.Ticket), "Constraints XML:\n\n", "show ticket constraints");
            case "get-attr":
                if (wanted.Ticket is null) return tool.Fail(NoSuch, "Must supply ticket ID with -t");
                if ((ticket?[wanted.Get!] ?? wanted.Default) is not { } value) return NoSuch;
                tool.View.Line(value);
                return 0;
            case "cleanup": return CleanUp(tool, cib, wanted, ticket);
        }
        return wanted.Modifies ? Modify(tool, cib, wanted, ticket)
            : string.IsNullOrEmpty(wanted.Name) ? tool.Fail(Usage, "Must supply a command")
            : wanted.Ticket is null ? tool.Fail(Usage, "Must supply ticket ID with -t")
            : tool.Fail(Usage, $"Must supply value with -v for -S {wanted.Name}");
    }

    private static int CleanUp(CrmTool tool, ICib cib, Wanted wanted, TicketState? ticket)
    {
        if (wanted.Ticket is not { } id) return tool.Fail(Usage, "Must supply ticket ID with -t");
        if (!wanted.Force && ticket is null) return tool.Fail(NoSuch, $"No such ticket '{id}'");
        if (!wanted.Force && ticket!.Granted)
        {
            Warn(tool, id, "revoke");
            return NotAllowed;
        }
        var rc = (int)cib.Perform(Tickets.Query(id)).Result;
        if (rc == PacemakerCodes.NoSuchObject) return 0;
        if (cib.Perform(Tickets.Query(id)).Answer is { } state) rc = (int)cib.Perform(Tickets.Delete(state)).Result;
        if (rc != 0) return tool.Fail(PacemakerCodes.Exit(rc), $"Could not clean up ticket: {PacemakerCodes.Text(rc)}");
        tool.View.Line($"Cleaned up {id}");
        return 0;
    }

    private static int Modify(CrmTool tool, ICib cib, Wanted wanted, TicketState? ticket)
    {
        if (wanted.Ticket is not { } id) return tool.Fail(Usage, "Must supply ticket ID with -t");
        if (wanted.Value is not null && string.IsNullOrEmpty(wanted.Name)) return tool.Fail(Usage, $"Must supply attribute name with -S for -v {wanted.Value}");
        if (wanted.Name is not null && string.IsNullOrEmpty(wanted.Value)) return tool.Fail(Usage, $"Must supply attribute value with -v for -S {wanted.Value ?? "(null)"}");
        var granted = wanted.Set.Find(p => p.Key == "granted").Value;
        if (!wanted.Force && (granted is not null || wanted.Delete.Exists(n => Values.Same(n, "granted"))))
        {
            Warn(tool, id, Values.TryBoolean(granted, out var grants) && grants ? "grant" : "revoke");
            return tool.Fail(NotAllowed, "Ticket modification not allowed");
        }
        var found = cib.Perform(Tickets.Query(id));
        var set = GlibOrder.Of(wanted.Set.ConvertAll(p => p.Key)).ConvertAll(n => wanted.Set.Find(p => p.Key == n));
        var rc = 0;
        if (found.Result is not (CibResult.Ok or CibResult.NoSuchObject)) rc = (int)found.Result;
        else if (Tickets.Change(id, found.Answer, ticket is { Granted: true }, set, wanted.Delete, tool.World.Now()) is { } request) rc = (int)cib.Perform(request).Result;
        return rc == 0 ? 0 : tool.Fail(PacemakerCodes.Exit(rc), $"Could not modify ticket: {PacemakerCodes.Text(rc)}");
    }

    private static int ShowXml(CrmTool tool, ICib cib, CibRequest request, string title, string what)
    {
        var reply = cib.Perform(request);
        var rc = (int)reply.Result;
        if (rc != 0) return tool.Fail(PacemakerCodes.Exit(rc), $"Could not {what}: {PacemakerCodes.Text(rc)}");
        tool.World.Output.Write(title + FileCib.Text(reply.Answer!));
        return 0;
    }

    private static void Show(CrmTool tool, TicketState ticket, string how)
    {
        if (how == "raw")
        {
            tool.View.Line(ticket.Id);
            return;
        }
        var line = $"{ticket.Id}\t{(ticket.Granted ? "granted" : "revoked")} {(ticket.Standby ? "[standby]" : "         ")}";
        if (how == "details" && ticket.State.Count > 0)
        {
            var parts = new List<string>();
            foreach (var name in GlibOrder.Of(ticket.Names))
                parts.Add($"{name}={(name is "last-granted" or "expires" ? $"'{CrmText.Date(Values.TryInteger(ticket[name], out var at) ? at : 0)}'" : ticket[name])}");
            line += $" ({string.Join(", ", parts)})";
        }
        else if (ticket.LastGranted is > -1 and { } last) line += $" last-granted='{CrmText.Date(last)}'";
        tool.View.Line(line);
    }

    private static void Warn(CrmTool tool, string id, string action)
    {
        tool.View.Line(action == "grant"
            ? $"This command cannot help you verify whether '{id}' has been already granted elsewhere."
            : $"Revoking '{id}' can trigger the specified 'loss-policy'(s) relating to '{id}'.\n\nYou can check that with:\ncrm_ticket --ticket {id} --constraints\n\n"
                + $"Otherwise before revoking '{id}', you may want to make '{id}' standby with:\ncrm_ticket --ticket {id} --standby\n");
        tool.View.Line($"If you really want to {action} '{id}' {(action == "grant" ? "to" : "from")} this site now, and you know what you are doing,\nplease specify --force.");
    }

    private const string HelpText = """
        Usage:
          crm_ticket [OPTION…]

        crm_ticket - the tickets by which sites agree who runs what

          -l, --info                Show tickets
          -L, --details             Show all that is known of them
          -w, --raw                 Show their names
          -q, --query-xml           Show their state as XML
          -c, --constraints         Show what depends on them

          -g, --grant               Grant the ticket to this site
          -r, --revoke              Revoke it
          -s, --standby             Have what depends on it stop in peace
          -a, --activate            No longer

          -G, --get-attr=NAME       Show one attribute (-d, --default=VALUE)
          -S, --set-attr=NAME       Set one (-v, --attr-value=VALUE)
          -D, --delete-attr=NAME    Delete one
          -C, --cleanup             Forget the ticket's state

          -t, --ticket=ID   -f, --force   -V, --verbose   -$, --version   -?, --help

        """;
}
