using Appliance.Cib;
using Appliance.Cib.Requests;

namespace Appliance.Commands.Crm;

/// <summary><c>cibadmin</c>: asks a CIB, and changes it, piece by piece.</summary>
internal static class CibAdmin
{
    private const string Known = "?help $version !features Vverbose uupgrade Qquery Eerase Bbump Ccreate Mmodify Ppatch Rreplace Ddelete ddelete-all aempty 5md5-sum 6md5-sum-versioned Sshow-access:: fforce ttimeout: Uuser: ssync-call "
        + "llocal callow-create nno-children bno-bcast Xxml-text: xxml-file: pxml-pipe oscope: Axpath: enode-path Nnode: hhost:";

    private const int Usage = 64, Config = 78, Unimplemented = 3, Unsafe = 107;

    public static int Run(CrmWorld world, string[] args)
    {
        world = world with { Program = "cibadmin" };
        var line = new LongOptions("cibadmin", args, Known, world.Errors);
        CibOperation? operation = null;
        char sum = '\0';
        string? section = null, file = null, text = null, user = null;
        bool piped = false, dangerous = false, force = false, access = false;
        var options = CibOptions.None;
        TimeSpan? within = null;
        if (args.Length == 0) return Help(world, Usage);
        foreach (var (letter, value, next) in line.Options)
        {
            (operation, sum) = letter switch
            {
                'u' => (CibOperation.Upgrade, '\0'), 'E' => (CibOperation.Erase, '\0'), 'Q' => (CibOperation.Query, '\0'), 'P' => (CibOperation.Patch, '\0'), 'M' => (CibOperation.Modify, '\0'),
                'R' => (CibOperation.Replace, '\0'), 'C' => (CibOperation.Create, '\0'), 'D' or 'd' => (CibOperation.Delete, '\0'), 'B' => (CibOperation.Bump, '\0'), '5' or '6' => (null, letter), _ => (operation, sum),
            };
            switch (letter)
            {
                case '\0': return Help(world, Usage);
                case '?': return Help(world, args[0] == "-?" ? Usage : 0);
                case '$' or '!':
                    world.Output.Write(CrmText.Version("cibadmin"));
                    return 0;
                case 'A':
                    section = value;
                    options |= CibOptions.XPath;
                    break;
                case 'o': section = value; break;
                case 'e': options |= CibOptions.NodePath; break;
                case 'n': options |= CibOptions.NoChildren; break;
                case 'c': options |= CibOptions.CanCreate; break;
                case 'd':
                    options |= CibOptions.Multiple;
                    dangerous = true;
                    break;
                case 'u' or 'E' or 'b': dangerous = true; break;
                case 'S': access = true; break;
                case 'U': user = value; break;
                case 't' when Values.TryInteger(value, out var seconds) && seconds > 0: within = TimeSpan.FromSeconds(Math.Min(seconds, 3600)); break;
                case 'X': text = value; break;
                case 'x': file = value; break;
                case 'p': piped = true; break;
                case 'f': force = true; break;
                case 'a':
                    world.Output.Write(FileCib.Text(FileRequests.Empty(1, next < args.Length ? args[next] : null)));
                    return 0;
            }
        }
        if (line.Operands.Count > 0)
        {
            world.Output.Write("non-option ARGV-elements: " + string.Concat(line.Operands.ConvertAll(o => o + " ")) + "\n");
            return Help(world, Usage);
        }
        if (operation is null && sum == '\0') return Help(world, Usage);
        if (dangerous && !force)
            return world.Fail(Unsafe, "The supplied command is considered dangerous.  To prevent accidental destruction of the cluster, the --force flag is required in order to proceed.");
        if (access) return world.Fail(Unimplemented, "cibadmin: --show-access is not implemented");

        var source = file ?? (text is not null ? "input string" : piped ? "STDIN" : null);
        var why = "";
        var data = file is not null ? FileCib.Read(file, world, out why) : text is not null ? Parse(text) : piped ? FileCib.Read("-", world) : null;
        if (data is null && source is not null) return world.Fail(Config, $"{(why.Length > 0 ? why + "\n" : "")}Couldn't parse input from {source}.");
        if (sum != '\0') return data is null ? world.Fail(Usage, "Please supply XML to process with -X, -x or -p") : Sum(world, data, sum == '6');
        return Ask(world, new(operation!.Value, section, data, options), user, within);
    }

    private static int Ask(CrmWorld world, CibRequest request, string? user, TimeSpan? within)
    {
        var live = CibAccess.IsLive(world);
        var rc = 0;
        ICib? cib = live ? LiveCib.Unasked(world, user, within) : null;
        if (cib is null) rc = CibAccess.Open(world, user, within, out cib);
        if (cib is null) return NoCib(world, rc);
        // What a user may see and do is not judged in a file, so nobody is let in where that counts.
        if (!live && user is not (null or "root" or "hacluster") && AclsCount(cib)) return world.Fail(PacemakerCodes.Exit(13), "Call failed: Permission denied");

        // What replaces a whole document has a status, or it could not be told from one that lost it.
        if (request is { Operation: CibOperation.Replace, Data: { Name: "cib" } whole } && whole.Element("status") is null) whole.Add("status");
        var reply = cib.Perform(request);
        rc = (int)reply.Result;
        if (live && rc != 0 && LiveCib.Open(world, user, within, out _) is var none and not 0) return NoCib(world, none);
        if (live && reply.Result == CibResult.SchemaUnchanged && request.Operation == CibOperation.Upgrade)
        {
            world.Output.Write($"Upgrade unnecessary: {PacemakerCodes.Text(rc)}\n");
            rc = 0;
        }
        if (rc != 0) world.Errors.Write($"Call {(live ? CallOf(request.Operation) + " " : "")}failed: {PacemakerCodes.Text(rc)}\n");
        if (reply.Answer is { } answer) Print(world, answer, (request.Options & CibOptions.NodePath) != 0);
        var closed = cib.Close();
        return PacemakerCodes.Exit(rc != 0 ? rc : closed);
    }

    private static int NoCib(CrmWorld world, int rc)
    {
        world.Errors.Write($"Could not connect to the CIB: {PacemakerCodes.Text(rc)}\nInit failed, could not perform requested operations\n");
        return PacemakerCodes.Exit(rc);
    }

    /// <summary>What Pacemaker's daemon calls an operation.</summary>
    private static string CallOf(CibOperation operation) => operation == CibOperation.Patch ? "cib_apply_diff" : "cib_" + operation.ToString().ToLowerInvariant();

    private static bool AclsCount(ICib cib) =>
        cib.Perform(new(CibOperation.Query, "//crm_config//nvpair[@name='enable-acl']", null, CibOptions.XPath)).Answer is { } found && (!Values.TryBoolean(found["value"], out var on) || on);

    private static void Print(CrmWorld world, CibElement answer, bool ids)
    {
        if (!ids) world.Output.Write(FileCib.Text(answer));
        else if (answer.Name == "xpath-query")
            foreach (var child in answer.Children) Print(world, child, ids);
        else if (answer.Id is { } id) world.Output.Write(id + "\n");
    }

    private static int Sum(CrmWorld world, CibElement data, bool versioned)
    {
        var featureSet = data["crm_feature_set"];
        world.Errors.Write(versioned ? $"Versioned ({featureSet ?? "(null)"}) digest: " : "Digest: ");
        world.Output.Write((versioned ? Digests.Versioned(data, featureSet, old: true) : Digests.OnDisk(data, old: true)) + "\n");
        return 0;
    }

    private static CibElement? Parse(string text) => CibElement.TryParse(text, "input string", out var root, out _) ? root : null;

    private static int Help(CrmWorld world, int status)
    {
        (status == 0 ? world.Output : world.Errors).Write(HelpText);
        return status;
    }

    private const string HelpText = """
        cibadmin - ask a CIB (the cluster's configuration and status), and change it
        Usage: cibadmin COMMAND [OPTIONS]

        Commands:
          -Q, --query               Print the CIB, or a part of it
          -C, --create              Add something new
          -M, --modify              Change what is there (-c: or add it)
          -R, --replace             Put something in the place of what is there
          -D, --delete              Take the first away that has these attributes
          -d, --delete-all          With --xpath: take away all of them
          -P, --patch               Apply a patch (see crm_diff)
          -u, --upgrade             Bring the configuration to the newest schema
          -B, --bump                Raise the epoch
          -E, --erase               Take away everything
          -a, --empty [SCHEMA]      Print a CIB without anything in it
          -5, --md5-sum             Print the sum of a document on disk
          -6, --md5-sum-versioned   Print its sum as nodes compare it

        What it is about:
          -o, --scope=SECTION       configuration, nodes, resources, constraints, crm_config, rsc_defaults,
                                    op_defaults, acls, fencing-topology, tags, alerts or status
          -A, --xpath=XPATH         What an XPath selects
          -e, --node-path           Print paths instead of elements
          -n, --no-children         Print elements without what is in them
          -X, --xml-text=XML        The XML to work with...
          -x, --xml-file=FILE       ...in a file
          -p, --xml-pipe            ...in standard input

        Others:
          -f, --force               Do it even where that is dangerous
          -c, --allow-create        With --modify
          -t, --timeout=SECONDS   -U, --user=USER   -s, --sync-call   -l, --local   -N, --node=NODE
          -V, --verbose   -$, --version   -?, --help

        The CIB is the one of the cluster, or that in the file which the variable CIB_file names.

        """;
}
