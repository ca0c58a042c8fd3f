using Appliance.Cib;
using Appliance.Cib.Requests;

namespace Appliance.Commands.Crm;

/// <summary><c>crm_diff</c>: the patch between two documents, or a document with a patch applied.</summary>
internal static class CrmDiff
{
    private static readonly string[] VersionFields = ["admin_epoch", "epoch", "num_updates"];

    private const int Usage = 64, DataError = 65;

    public static int Run(CrmWorld world, string[] args) =>
        CrmTool.Run(world, "crm_diff", args, "ooriginal: Ooriginal-string: nnew: Nnew-string: ppatch: ccib sstdin uno-version", "nopNO", HelpText, Work, forms: false);

    private static int Work(CrmTool tool)
    {
        var (world, options) = (tool.World, tool.Options);
        bool apply = options.Has("patch"), asCib = options.Has("cib"), noVersion = options.Has("no-version");
        if (apply && noVersion) world.Errors.Write("warning: -u/--no-version ignored with -p/--patch\n");
        else if (asCib && noVersion) return world.Fail(Usage, "error: -u/--no-version incompatible with -c/--cib");

        var first = Input(world, options, options["original-string"], options["original"], "first");
        var second = Input(world, options, options["new-string"], options.Options.FindLast(o => o.Name is "new" or "patch").Value, "second");
        if (first is null || second is null) return world.Fail(DataError, $"Could not parse the {(first is null ? "first" : "second")} XML fragment");
        return apply ? Apply(world, first, second, asCib) : Generate(world, first, second, asCib, noVersion);
    }

    private static CibElement? Input(CrmWorld world, GlibOptions options, string? text, string? file, string which)
    {
        if (text is not null) return CibElement.TryParse(text, which, out var root, out _) ? root : null;
        if (!options.Has("stdin")) return file is null ? null : FileCib.Read(file, world);
        world.Errors.Write($"Input {which} XML fragment:");
        return FileCib.Read("-", world);
    }

    private static int Apply(CrmWorld world, CibElement document, CibElement patch, bool asCib)
    {
        var outcome = CibPatch.Apply(document, patch, asCib, out var result, out _);
        if (outcome != PatchOutcome.Applied)
        {
            var rc = (int)FileRequests.ResultOf(outcome);
            return world.Fail(PacemakerCodes.Exit(rc), $"Could not apply patch: {PacemakerCodes.Text(rc)}");
        }
        world.Output.Write(FileCib.Text(result!));
        return 0;
    }

    /// <returns>1 when there is a difference.</returns>
    private static int Generate(CrmWorld world, CibElement before, CibElement after, bool asCib, bool noVersion)
    {
        if (noVersion)
            foreach (var field in VersionFields)
                if (before[field] is { } value) after.Set(field, value);
        var digest = asCib ? Digests.Versioned(after, before["crm_feature_set"], old: true) : null;
        if (CibPatch.Create(before, after, digest, attributeOrder: !asCib) is not { } patch) return 0;
        if (noVersion && !asCib) patch.Element("version")?.Remove();
        world.Output.Write(FileCib.Text(patch));
        return 1;
    }

    private const string HelpText = """
        Usage:
          crm_diff [OPTION…]

        crm_diff - the patch that makes one document out of another (exit status 1: there is a difference), or a document with a patch applied

          -o, --original=FILE         The one document...
          -O, --original-string=XML   ...or its text
          -n, --new=FILE              The other document...
          -N, --new-string=XML        ...or its text
          -p, --patch=FILE            Apply this patch to the one document
          -c, --cib                   Both are CIBs: versions and digest count
          -u, --no-version            Leave versions out
          -s, --stdin                 Read from standard input
          -$, --version   -?, --help

        """;
}
