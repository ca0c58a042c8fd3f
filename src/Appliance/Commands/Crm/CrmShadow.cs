using Appliance.Cib;
using Appliance.Cib.Requests;
using Appliance.Linux;

namespace Appliance.Commands.Crm;

/// <summary><c>crm_shadow</c>: copies of the CIB in which changes are tried before they are made. It starts no shell: it says what to type.</summary>
internal static class CrmShadow
{
    private const string Known = "?help $version Vverbose wwhich pdisplay Eedit ddiff Ffile ccreate: ecreate-empty: Ccommit: Ddelete: rreset: sswitch: fforce bbatch aall vvalidate-with:";

    private const int NotConfigured = 6, Usage = 64, OsFile = 72, CannotCreate = 73, NoSuch = 105;

    public static int Run(CrmWorld world, string[] args)
    {
        if (args.Length == 0) return Help(world, Usage);
        world = world with { Program = "crm_shadow" };
        var line = new LongOptions("crm_shadow", args, Known, world.Errors);
        var (command, name, schema, force, all) = ('?', (string?)null, (string?)null, false, false);
        foreach (var (letter, value, _) in line.Options)
            switch (letter)
            {
                case '\0': return Help(world, Usage);
                case '?': return Help(world, args[0] == "-?" ? Usage : 0);
                case '$':
                    world.Output.Write(CrmText.Version("crm_shadow"));
                    return 0;
                case 'w' or 'p' or 'E' or 'd' or 'F':
                    (command, name) = (letter, world.Variable("CIB_shadow"));
                    if (name is null) return world.Fail(NoSuch, "No active shadow configuration defined");
                    break;
                case 'c' or 'e' or 's' or 'r' or 'C' or 'D': (command, name) = (letter, value); break;
                case 'v': schema = value; break;
                case 'f': force = true; break;
                case 'a': all = true; break;
            }
        if (line.Operands.Count > 0)
        {
            world.Output.Write("non-option ARGV-elements: " + string.Concat(line.Operands.ConvertAll(o => o + " ")) + "\n");
            return Help(world, Usage);
        }
        if (command == 'w')
        {
            world.Output.Write(name + "\n");
            return 0;
        }
        if (name is null) return world.Fail(NoSuch, "No shadow instance provided");
        const string needsForce = "  To prevent accidental destruction of the cluster, the --force flag is required in order to proceed.";
        if (command is not ('s' or 'c') && world.Variable("CIB_shadow") is { } active && !Values.Same(active, name) && !force)
            return world.Fail(Usage, $"The supplied shadow instance ({name}) is not the same as the active one ({active}).\n{needsForce}");
        if (command is 'C' or 'D' && !force) return world.Fail(Usage, "The supplied command is considered dangerous." + needsForce);
        return Do(world, command, name, schema, force, all, needsForce);
    }

    private static int Do(CrmWorld world, char command, string name, string? schema, bool force, bool all, string needsForce)
    {
        var path = ShadowFile.Path(world, name);
        if (command == 'D') return Delete(world, path, name);
        if (command == 'F')
        {
            world.Output.Write(path + "\n");
            return 0;
        }
        ICib? real = null;
        if (command is 'd' or 'r' or 'c' or 'C')
        {
            // The one that shadows are made of.
            var rc = CibAccess.Open(world with { Variable = v => v == "CIB_shadow" ? null : world.Variable(v) }, out real);
            if (real is null) return world.Fail(PacemakerCodes.Exit(rc), $"Could not connect to CIB: {PacemakerCodes.Text(rc)}");
        }
        var there = File.Exists(path);
        if (command is 'e' or 'c')
        {
            if (there && !force) return world.Fail(CannotCreate, $"A shadow instance '{name}' already exists.\n{needsForce}");
        }
        else if (!there) return world.Fail(NoSuch, $"Could not access shadow instance '{name}': No such file or directory");
        switch (command)
        {
            case 'c' or 'r':
                var reply = real!.Perform(new(CibOperation.Query));
                return reply.Answer is { } whole ? Write(world, path, name, command, whole) : world.Fail(PacemakerCodes.Exit((int)reply.Result), $"Could not query the CIB: {PacemakerCodes.Text((int)reply.Result)}");
            case 'e':
                var empty = FileRequests.Empty(0, schema);
                world.Output.Write($"Created new {empty["validate-with"]} configuration\n");
                return Write(world, path, name, command, empty);
            case 's':
                Begin(world, name, "To switch to the named shadow instance, paste the following into your shell:");
                return 0;
            case 'E' when world.Variable("EDITOR") is not { } editor: return world.Fail(NotConfigured, "No value for EDITOR defined");
            case 'E': return Edit(world, path);
        }
        if (FileCib.Read(path, world) is not { } shadow) return world.Fail(PacemakerCodes.Exit((int)CibResult.SchemaViolated), $"Could not access shadow instance '{name}': it holds no XML");
        switch (command)
        {
            case 'p':
                world.Output.Write(FileCib.Text(shadow));
                return 0;
            case 'd':
                var against = real!.Perform(new(CibOperation.Query));
                if (against.Answer is null) return world.Fail(PacemakerCodes.Exit((int)against.Result), $"Could not query the CIB: {PacemakerCodes.Text((int)against.Result)}");
                if (CibPatch.Create(against.Answer, shadow, attributeOrder: true) is not { } patch) return 0;
                foreach (var line in PatchText.Lines(patch)) world.Output.Write(line + "\n");
                return 1;
            default: return Commit(world, real!, shadow, name, all);
        }
    }

    private static int Delete(CrmWorld world, string path, string name)
    {
        var status = 0;
        try
        {
            File.Delete(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            status = world.Fail(4, $"Could not remove shadow instance '{name}': Permission denied");
        }
        End(world, name);
        return status;
    }

    private static int Write(CrmWorld world, string path, string name, char command, CibElement document)
    {
        if (!FileCib.Write(path, document)) return world.Fail(1, $"Could not {(command == 'r' ? "reset" : "create")} the shadow instance '{name}': Error");
        Begin(world, name, "A new shadow instance was created.  To begin using it paste the following into your shell:");
        return 0;
    }

    private static int Commit(CrmWorld world, ICib real, CibElement shadow, string name, bool all)
    {
        var section = all ? null : "configuration";
        var reply = real.Perform(new(CibOperation.Replace, section, all ? shadow : shadow.Element("configuration")));
        var rc = (int)reply.Result;
        // 2.1.5 forgets to store it where the CIB is in a file.
        if (rc == 0) rc = real.Close();
        if (rc != 0) world.Errors.Write($"Could not commit shadow instance '{name}' to the CIB: {PacemakerCodes.Text(rc)}\n");
        End(world, name);
        return PacemakerCodes.Exit(rc);
    }

    /// <summary>The editor takes this program's place, and has its terminal.</summary>
    private static int Edit(CrmWorld world, string path)
    {
        var editor = world.Variable("EDITOR")!;
        var program = editor.Contains('/', StringComparison.Ordinal) ? editor
            : Array.Find(Array.ConvertAll((world.Variable("PATH") ?? "").Split(':'), d => $"{d}/{editor}"), File.Exists) ?? editor;
        var variables = new List<string>();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables()) variables.Add($"{variable.Key}={variable.Value}");
        try
        {
            ChildProcess.Replace(program, [editor, path], variables);
            return 0;
        }
        catch (LinuxException problem)
        {
            return world.Fail(OsFile, $"Could not invoke EDITOR ({editor} {path}): {PacemakerCodes.Text(problem.Errno)}");
        }
    }

    private static string Prompt(string name) => $"shadow[{(name.Length > 40 ? name[..40] : name)}] # ";

    private static void Begin(CrmWorld world, string name, string how)
    {
        world.Output.Write("Setting up shadow instance\n");
        if (!Values.Same(world.Variable("PS1"), Prompt(name))) world.Output.Write($"{how}\n  CIB_shadow={name} ; export CIB_shadow\n");
    }

    private static void End(CrmWorld world, string name) => world.Output.Write(world.Variable("PS1")?.Contains(Prompt(name), StringComparison.Ordinal) == true
        ? "Now type Ctrl-D to exit the crm_shadow shell\n"
        : "Please remember to unset the CIB_shadow variable by pasting the following into your shell:\n  unset CIB_shadow\n");

    private static int Help(CrmWorld world, int status)
    {
        (status == 0 ? world.Output : world.Errors).Write("""
            crm_shadow - copies of the CIB in which changes are tried before they are made
            Usage: crm_shadow COMMAND [OPTIONS]

              -c, --create=NAME         A copy of the cluster's configuration
              -e, --create-empty=NAME   One without anything in it (-v, --validate-with=SCHEMA)
              -r, --reset=NAME          Make it a copy again
              -s, --switch=NAME         Say how to use it
              -C, --commit=NAME         Bring its configuration into the cluster (-a, --all: its status too)
              -D, --delete=NAME         Delete it
              -w, --which               Which one is in use
              -p, --display             Print it
              -d, --diff                What differs from the cluster's (exit status 1: something does)
              -F, --file                Where it is
              -E, --edit                Edit it
              -f, --force   -b, --batch   -V, --verbose   -$, --version   -?, --help

            """);
        return status;
    }
}
