using System.Globalization;
using Appliance.Cib;
using Appliance.Core.Diagnostics;
using CibMerge = Appliance.Cib.Requests.CibMerge;
using CibSections = Appliance.Cib.Requests.CibSections;

namespace Appliance.Crm.Store;

/// <summary>What requests do to a document, and what they answer: Pacemaker 3.0.2's rules (lib/cib/cib_ops.c, cib_utils.c) as a pure function.</summary>
/// <remarks>The document that is given stays as it is. What Debian's 2.1.5 does differently is named in the tests that compare the two.</remarks>
public static class CibRequests
{
    /// <summary>Pacemaker 3.0.2's; a document of a newer one is refused.</summary>
    public const string FeatureSet = "3.20.5";

    /// <summary>The document a new cluster begins with.</summary>
    public static CibElement Empty()
    {
        var cib = new CibElement("cib").Set("crm_feature_set", FeatureSet).Set("validate-with", SchemaVersion.Latest.ToString())
            .Set("admin_epoch", "0").Set("epoch", "0").Set("num_updates", "0");
        AddFrame(cib);
        return cib;
    }

    /// <summary>Carries a request out.</summary>
    public static CibOutcome Perform(CibElement document, CibRequest request, CibMoment moment)
    {
        var acls = CibAcls.Of(document, request.User, request.Groups, moment.Now);
        if (!request.Writes)
        {
            var visible = acls is null ? document : acls.Filter(document);
            if (visible is null) return new(CibError.Denied, document, Problem: $"{request.User} may read nothing");
            var found = Query(visible, request, out var answer);
            return new(found, document, answer);
        }
        var work = document.Clone();
        CibElement? output = null;
        var problem = "";
        var error = request.Operation == CibOperation.Commit ? Commit(ref work, request, moment, out problem) : Change(ref work, request, Input(request), out output, out problem);
        if (error != CibError.None) return new(error, document, output, Problem: problem);
        return Finish(document, work, request, acls, moment, output);
    }

    /// <summary>Judges what a request made of the document, gives it its version and says who wrote it.</summary>
    private static CibOutcome Finish(CibElement before, CibElement after, CibRequest request, CibAcls? acls, CibMoment moment, CibElement? output)
    {
        var changes = CibDiff.Between(before, after);
        if (acls?.Objection(before, after, changes) is { } objection) return new(CibError.Denied, before, output, Problem: $"{request.User}: {objection}");
        if (!request.IsOnFile && after["crm_feature_set"] is { } set && Values.CompareVersions(set, FeatureSet) > 0)
            return new(CibError.TooNew, before, output, Problem: $"the feature set {set} is newer than ours, {FeatureSet}");
        var (old, now) = (CibVersion.Of(before), CibVersion.Of(after));
        if (now.AdminEpoch < old.AdminEpoch || now.AdminEpoch == old.AdminEpoch && now.Epoch < old.Epoch)
            return new(CibError.OldData, before, output, Problem: $"the version would go back from {old} to {now}");
        // A replaced part is a change even if it says the same: the client asked for a new version of it. Where ACLs count there is nothing they could judge it by.
        var replaced = acls is null && changes.Count == 0 && request is { Operation: CibOperation.Replace } && request.Has(CibOptions.XPath);
        if (changes.Count == 0 && !replaced) return new(CibError.None, before, output);

        var configuration = replaced || CibDiff.TouchesConfiguration(changes);
        (configuration ? now.NextEpoch() : now.NextUpdate()).WriteTo(after);
        if (configuration && !request.Has(CibOptions.NoTime))
        {
            if (after["validate-with"] is null) return new(CibError.Corrupt, before, output, Problem: "the document names no schema");
            after.Set("cib-last-written", moment.Written);
            after.Set("update-origin", request.Origin).Set("update-client", request.Client).Set("update-user", string.IsNullOrEmpty(request.User) ? null : request.User);
        }
        if (request.Section != "status" && Invalid(after) is { } invalid) return new(CibError.Schema, before, request.ShowsRejected ? acls is null ? after : acls.Filter(after) : output, Problem: invalid);
        if (request.Has(CibOptions.DryRun)) return new(CibError.None, before, output ?? (acls is null ? after : acls.Filter(after)), ConfigurationChanged: configuration);
        // Only the root is another since the documents were compared.
        var root = CibDiff.PathOf(after);
        changes.RemoveAll(c => c is CibChange.Modified && c.Path == root);
        var first = changes.FindIndex(c => c is not CibChange.Deleted);
        changes.InsertRange(first < 0 ? changes.Count : first, CibDiff.Between(before.CloneShallow(), after.CloneShallow()));
        var patch = CibPatch.Create(changes, before, after);
        // The document is what the patch makes of the one before, as on every other node: the order of attributes, which is no change, stays.
        if (CibPatch.Apply(before, patch, checkVersion: false, out var patched, out _) == PatchOutcome.Applied) after = patched!;
        return new(CibError.None, after, output, patch.Set("digest", Digests.OfDocument(after)), configuration);
    }

    /// <summary>Why a document does not follow its own schema; null when it does.</summary>
    public static string? Invalid(CibElement document)
    {
        if (document["validate-with"] == SchemaVersion.None) return null;
        if (SchemaUpgrade.ToLatest(document, "cib", out var messages) is not { } latest) return messages is [var first, ..] ? first.Message : "the document names no schema that is known";
        foreach (var problem in CibValidator.Check(latest, "cib"))
            if (problem.Severity == Severity.Error) return problem.Message;
        return latest["validate-with"] == document["validate-with"] ? null : LostReference(document);
    }

    /// <summary>A permission about something that is not there, which an upgrade turns into one about nothing: no schema allows it.</summary>
    private static string? LostReference(CibElement document)
    {
        IdIndex? ids = null;
        foreach (var permission in CibSections.Only(document, "acls")?.Descendants("acl_permission") ?? [])
            if (permission["reference"] is { } id && (ids ??= new(document)).Find(id) is null) return $"the ACL {permission.Id} refers to {id}, which does not exist";
        return null;
    }

    private static CibError Commit(ref CibElement work, CibRequest request, CibMoment moment, out string problem)
    {
        problem = "";
        foreach (var step in request.Steps)
        {
            if (step.Operation is CibOperation.Query or CibOperation.Commit)
            {
                problem = "a transaction is made of changes";
                return CibError.NotSupported;
            }
            var part = Perform(work, step with { User = request.User, Groups = request.Groups, Client = request.Client, Origin = request.Origin, Options = step.Options & ~CibOptions.DryRun }, moment);
            problem = part.Problem;
            if (part.Error != CibError.None) return part.Error;
            work = part.Document;
        }
        // The last step's document is the caller's to finish.
        work = work.Clone();
        return CibError.None;
    }

    /// <summary>The data, or the section of a whole document that the request is about.</summary>
    private static CibElement? Input(CibRequest request) =>
        request is { Section: { } section, Input.Name: "cib" } && request.Operation != CibOperation.ApplyPatch && !request.Has(CibOptions.XPath) ? CibSections.Only(request.Input, section) : request.Input;

    private static CibError Change(ref CibElement cib, CibRequest request, CibElement? input, out CibElement? output, out string problem)
    {
        (output, problem) = (null, "");
        switch (request.Operation)
        {
            case CibOperation.Create: return Create(cib, request, input, out output);
            case CibOperation.Modify: return Modify(cib, request, request.Section, input, out problem);
            case CibOperation.Replace: return Replace(ref cib, request, input, out problem);
            case CibOperation.Delete: return Delete(cib, request, input, out problem);
            case CibOperation.Erase:
                cib.RemoveAll(_ => true);
                AddFrame(cib);
                Count(cib, "admin_epoch");
                return CibError.None;
            case CibOperation.Bump:
                Count(cib, "epoch");
                return CibError.None;
            case CibOperation.Upgrade: return Upgrade(ref cib, request, out problem);
            case CibOperation.ApplyPatch: return ApplyPatch(ref cib, input, out problem);
            default:
                problem = $"{request.Operation} is no change";
                return CibError.NotSupported;
        }
    }

    private static CibError Query(CibElement cib, CibRequest request, out CibElement? output)
    {
        output = null;
        if (!request.Has(CibOptions.XPath))
        {
            if (CibSections.Only(cib, request.Section) is not { } section) return CibError.NoSuch;
            output = request.Has(CibOptions.NoChildren) ? section.CloneShallow() : section.Clone();
            return CibError.None;
        }
        var found = Select(cib, request.Section, out _);
        if (found.Count == 0) return CibError.NoSuch;
        if (request.Has(CibOptions.XPathAddress))
        {
            output = new("xpath-query");
            foreach (var element in found) output.Add("xpath-query-path").Set("id", CibDiff.PathOf(element));
            return CibError.None;
        }
        var parts = found.ConvertAll(e => request.Has(CibOptions.NoChildren) ? e.CloneShallow() : e.Clone());
        if (parts is [var only])
        {
            output = only;
            return CibError.None;
        }
        output = new("xpath-query");
        foreach (var part in parts) output.Add(part);
        return CibError.None;
    }

    private static CibError Create(CibElement cib, CibRequest request, CibElement? input, out CibElement? output)
    {
        output = null;
        if (input is null) return CibError.Invalid;
        var section = request.Section;
        if (section is null || Values.Same(section, "all") || Values.Same(section, "cib") || input.Name == "cib") return Modify(cib, request, null, input, out _);
        var into = CibSections.Only(cib, section);
        foreach (var part in input.Name == section ? input.Children : [input])
        {
            var error = into is null ? CibError.Invalid : into.Elements(part.Name).Any(e => part.Id is not { } id || e.Id == id) ? CibError.Exists : CibError.None;
            if (error != CibError.None)
            {
                output = new("failed");
                var failure = output.Add("failed_update");
                failure.Add(part.Clone());
                failure.Set("id", part.Id).Set("object_type", part.Name).Set("operation", "cib_create").Set("reason", error.Text());
                return error;
            }
            var added = into!.Add(part.Clone());
            added.Set("replace", null);
            foreach (var element in added.Descendants()) element.Set("replace", null);
        }
        return CibError.None;
    }

    private static CibError Modify(CibElement cib, CibRequest request, string? section, CibElement? input, out string problem)
    {
        problem = "";
        if (input is null) return CibError.Invalid;
        var score = request.Has(CibOptions.ScoreUpdate);
        if (request.Has(CibOptions.XPath))
        {
            var found = Select(cib, section, out problem);
            if (found.Count == 0) return CibError.NoSuch;
            var error = CibError.None;
            foreach (var element in found)
            {
                if (!CibMerge.Update(element, input, score)) error = CibError.NoSuch;
                else if (!request.Has(CibOptions.Multiple)) break;
            }
            return error;
        }
        if (CibSections.Only(cib, section) is not { } target)
        {
            if (section is null || CibSections.ParentOf(cib, section) is not { } parent || parent.Element(section) is not null) return CibError.Invalid;
            target = parent.Add(section);
        }
        if (CibMerge.Update(target, input, score)) return CibError.None;
        if (!request.Has(CibOptions.CanCreate)) return CibError.NoSuch;
        target.Add(input.Clone());
        return CibError.None;
    }

    private static CibError Replace(ref CibElement cib, CibRequest request, CibElement? input, out string problem)
    {
        problem = "";
        if (input is null) return CibError.Invalid;
        if (request.Has(CibOptions.XPath))
        {
            var found = Select(cib, request.Section, out problem);
            if (found.Count == 0) return CibError.NoSuch;
            foreach (var element in found)
            {
                if (element == cib) return ReplaceAll(ref cib, request, input, out problem);
                if (element.Root != cib) continue;
                var parent = element.Parent!;
                element.Remove();
                parent.Add(input.Clone());
                if (!request.Has(CibOptions.Multiple)) break;
            }
            return CibError.None;
        }
        if (input.Name == "cib") return ReplaceAll(ref cib, request, input, out problem);
        var section = Values.Same(request.Section, "all") || input.Name == request.Section ? null : request.Section;
        if (CibSections.Only(cib, section) is not { } root) return CibError.NoSuch;
        return CibMerge.Replace(root, input) ? CibError.None : CibError.NoSuch;
    }

    private static CibError ReplaceAll(ref CibElement cib, CibRequest request, CibElement input, out string problem)
    {
        problem = "";
        if (input.Name != "cib")
        {
            problem = $"a document is a <cib>, and no <{input.Name}>";
            return CibError.Invalid;
        }
        if (request.Digest is { } digest && !Values.Same(digest, Digests.OfDocument(input)))
        {
            problem = $"the digest is {Digests.OfDocument(input)}, not {digest}";
            return CibError.Generic;
        }
        var (old, now) = (Given(cib), Given(input));
        if (now < old)
        {
            problem = $"the replacement {now} is older than {old}";
            return CibError.OldData;
        }
        cib = input.Clone();
        return CibError.None;
    }

    /// <summary>The version as a replacement is compared by: what is not said is less than 0.</summary>
    private static CibVersion Given(CibElement cib)
    {
        return new(Number("admin_epoch"), Number("epoch"), Number("num_updates"));
        int Number(string name) => Values.TryInteger(cib[name], out var value) && value is >= int.MinValue and <= int.MaxValue ? (int)value : -1;
    }

    private static CibError Delete(CibElement cib, CibRequest request, CibElement? input, out string problem)
    {
        problem = "";
        if (request.Has(CibOptions.XPath))
        {
            var found = Select(cib, request.Section, out problem);
            // From the end: what is inside of another goes before it.
            for (var i = found.Count - 1; i >= 0; i--)
            {
                var element = request.Has(CibOptions.Multiple) ? found[i] : found[0];
                if (element == cib)
                {
                    problem = "the XPath selects the whole document";
                    return CibError.Invalid;
                }
                element.Remove();
                if (!request.Has(CibOptions.Multiple)) break;
            }
            return CibError.None;
        }
        if (input is null) return CibError.Invalid;
        if (CibSections.Only(cib, request.Section) is not { } root) return CibError.None;
        foreach (var like in input.Name == request.Section ? input.Children : [input]) CibMerge.Delete(root, like);
        return CibError.None;
    }

    private static CibError Upgrade(ref CibElement cib, CibRequest request, out string problem)
    {
        problem = "";
        if (!SchemaVersion.TryParse(cib["validate-with"], out var version)) return cib["validate-with"] == SchemaVersion.None ? CibError.SchemaUnchanged : CibError.Corrupt;
        var limit = SchemaVersion.TryParse(request.SchemaLimit, out var given) ? given : SchemaVersion.Newest;
        if (version >= limit) return CibError.SchemaUnchanged;
        if (limit < SchemaVersion.Newest)
        {
            problem = $"an upgrade to {limit} is not known, only to {SchemaVersion.Newest} or later";
            return CibError.NotSupported;
        }
        if (SchemaUpgrade.To(limit, cib, "cib", out _) is not { } latest) return CibError.Transform;
        if (Invalid(latest) is { } invalid)
        {
            problem = invalid;
            return CibError.Schema;
        }
        cib = latest;
        Count(cib, "admin_epoch");
        cib.Set("epoch", "1").Set("num_updates", "1");
        return CibError.None;
    }

    private static CibError ApplyPatch(ref CibElement cib, CibElement? patch, out string problem)
    {
        problem = "";
        if (patch is null) return CibError.None;
        var outcome = CibPatch.Apply(cib, patch, checkVersion: true, out var result, out problem);
        if (outcome == PatchOutcome.Applied) cib = result!;
        return outcome switch
        {
            PatchOutcome.Applied => CibError.None,
            PatchOutcome.DocumentNewer or PatchOutcome.NotNewer => CibError.OldData,
            PatchOutcome.Malformed => CibError.Invalid,
            _ => CibError.PatchFailed,
        };
    }

    private static List<CibElement> Select(CibElement cib, string? path, out string problem) =>
        CibPath.TryParse(path ?? "", out var parsed, out problem) ? parsed!.Select(cib, out problem) : [];

    private static void Count(CibElement cib, string counter) =>
        cib.Set(counter, (Values.TryInteger(cib[counter], out var value) && value is >= 0 and < int.MaxValue ? (int)value + 1 : 1).ToString(CultureInfo.InvariantCulture));

    private static void AddFrame(CibElement cib)
    {
        var configuration = cib.Add("configuration");
        foreach (var name in (string[])["crm_config", "nodes", "resources", "constraints"]) configuration.Add(name);
        cib.Add("status");
    }
}
