using System.Globalization;

namespace Appliance.Cib.Requests;

/// <summary>Carries out requests on a document that nobody else writes: one in a file. Equal to Pacemaker 2.1.5, libcib with CIB_file.</summary>
/// <remarks>Pure: the document that was given stays as it is.</remarks>
public static class FileRequests
{
    /// <summary>Documents of a later feature set are not changed: they may mean what is not known here (Pacemaker 3.0.2's).</summary>
    private const string FeatureSet = "3.20.5";

    /// <summary>What Pacemaker 2.1.5 upgrades to: a peer that runs it can still read that.</summary>
    private static readonly SchemaVersion Newest = SchemaVersion.Newest;

    /// <summary>Answers a request that changes nothing.</summary>
    public static CibReply Query(CibElement cib, CibRequest request)
    {
        if ((request.Options & CibOptions.XPath) != 0) return QueryPath(cib, request);
        if (CibSections.Find(cib, Values.Same(request.Section, "all") ? null : request.Section) is not { } found) return new(CibResult.NoSuchObject);
        return new(CibResult.Ok, (request.Options & CibOptions.NoChildren) != 0 ? Shallow(found) : found.Clone());
    }

    /// <summary>Carries out a request that may change the document.</summary>
    /// <param name="result">The document afterwards; the same one when the request failed.</param>
    public static CibReply Apply(CibElement cib, CibRequest request, out CibElement result)
    {
        result = cib;
        var data = request.Data;
        if (request.Section is not null && data is { Name: "cib" }) data = CibSections.Find(data, request.Section);
        var work = new Work(cib, request with { Data = data }, cib.Clone());
        var outcome = work.Run();
        if (outcome != CibResult.Ok) return new(outcome, work.Answer);

        var next = work.Scratch;
        if (next["crm_feature_set"] is { } featureSet && Values.CompareVersions(featureSet, FeatureSet) > 0) return new(CibResult.NotSupported);
        var (was, now) = (CibVersion.Of(cib), CibVersion.Of(next));
        if (now.AdminEpoch < was.AdminEpoch || now.AdminEpoch == was.AdminEpoch && now.Epoch < was.Epoch) return new(CibResult.OldData);

        CibMerge.SettleCounters(next);
        Count(cib, next, work.TouchedConfiguration);
        if (request.Section != "status" && !Conforms(next)) return new(CibResult.SchemaViolated, work.Answer, next);
        result = next;
        return new(CibResult.Ok, work.Answer);
    }

    /// <summary>Whether a document follows the schema that it names; one that names none gets the name of one, as Pacemaker gives it.</summary>
    public static bool Conforms(CibElement cib)
    {
        // 2.1.5 tries all schemas in turn, and the last one is "none".
        if (cib["validate-with"] is null) cib.Set("validate-with", SchemaVersion.None);
        if (cib["validate-with"] == SchemaVersion.None) return true;
        if (SchemaUpgrade.ToLatest(cib, "", out var notes) is not { } latest || notes.Exists(n => n.Severity == Core.Diagnostics.Severity.Error)) return false;
        return !CibValidator.Check(latest, "").Exists(p => p.Severity == Core.Diagnostics.Severity.Error);
    }

    /// <summary>A new document without anything in it (<c>cibadmin --empty</c>).</summary>
    public static CibElement Empty(int epoch, string? schema = null)
    {
        var cib = new CibElement("cib").Set("crm_feature_set", "3.16.1").Set("validate-with", schema ?? Newest.ToString())
            .Set("epoch", epoch.ToString(CultureInfo.InvariantCulture)).Set("num_updates", "0").Set("admin_epoch", "0");
        var configuration = cib.Add("configuration");
        foreach (var section in (string[])["crm_config", "nodes", "resources", "constraints"]) configuration.Add(section);
        cib.Add("status");
        return cib;
    }

    /// <summary>What became of a patch, as the result of a request.</summary>
    public static CibResult ResultOf(PatchOutcome outcome) => outcome switch
    {
        PatchOutcome.Applied => CibResult.Ok,
        PatchOutcome.DocumentNewer or PatchOutcome.NotNewer => CibResult.OldData,
        PatchOutcome.DocumentOlder => CibResult.DiffResync,
        PatchOutcome.Malformed => CibResult.Invalid,
        _ => CibResult.DiffFailed,
    };

    private static CibReply QueryPath(CibElement cib, CibRequest request)
    {
        if (Select(cib, request.Section!) is not { Count: > 0 } found) return new(CibResult.NoSuchObject);
        if ((request.Options & (CibOptions.NodePath | CibOptions.NoChildren)) == CibOptions.NodePath)
        {
            var paths = new CibElement("xpath-query");
            foreach (var element in found) paths.Add("xpath-query-path").Set("id", CibDiff.PathOf(element));
            return new(CibResult.Ok, paths);
        }
        var shallow = (request.Options & CibOptions.NoChildren) != 0;
        if (found.Count == 1) return new(CibResult.Ok, shallow ? Shallow(found[0]) : found[0].Clone());
        var answer = new CibElement("xpath-query");
        foreach (var element in found) answer.Add(shallow ? Shallow(element) : element.Clone());
        return new(CibResult.Ok, answer);
    }

    private static List<CibElement> Select(CibElement root, string path) =>
        CibPath.TryParse(path, out var parsed, out _) ? parsed!.Select(root, out _).ConvertAll(e => e.IsComment ? e.Parent! : e) : [];

    private static CibElement Shallow(CibElement element)
    {
        var copy = element.CloneShallow();
        copy.Text = null;
        return copy;
    }

    /// <summary>A change of the configuration makes an epoch, any other one an update.</summary>
    private static void Count(CibElement before, CibElement after, bool touchedConfiguration)
    {
        var changes = CibDiff.Between(before, after, attributeOrder: true);
        if (changes.Count == 0 && !touchedConfiguration) return;
        if (touchedConfiguration || CibDiff.TouchesConfiguration(changes)) after.Set("num_updates", "0").Set("epoch", Plus(after["epoch"]));
        else after.Set("num_updates", Plus(after["num_updates"]));
    }

    private static string Plus(string? number) => ((Values.TryInteger(number, out var value) ? value : 0) + 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>One request while it is carried out.</summary>
    private sealed class Work(CibElement cib, CibRequest request, CibElement scratch)
    {
        public CibElement Scratch { get; private set; } = scratch;
        public CibElement? Answer { get; private set; }

        /// <summary>Something of the configuration was taken out and put in again: that counts even where it is the same.</summary>
        public bool TouchedConfiguration { get; private set; }

        private bool Is(CibOptions option) => (request.Options & option) != 0;

        public CibResult Run() => request.Operation switch
        {
            CibOperation.Create => Create(),
            CibOperation.Modify => Is(CibOptions.XPath) ? ModifyPath() : Modify(),
            CibOperation.Replace => Is(CibOptions.XPath) ? ReplacePath() : Replace(),
            CibOperation.Delete => Is(CibOptions.XPath) ? DeletePath() : Delete(),
            CibOperation.Patch => Patch(),
            CibOperation.Bump => Bump(),
            CibOperation.Erase => Erase(),
            CibOperation.Upgrade => Upgrade(),
            _ => CibResult.NotSupported,
        };

        private CibResult Create()
        {
            if (request.Data is not { } data) return CibResult.Invalid;
            var section = request.Section;
            if (section is null || Values.Same(section, "all") || Values.Same(section, "cib") || Values.Same(data.Name, "cib"))
                return Is(CibOptions.XPath) ? CreatePath(data) : Modify(null);
            if (CibSections.Find(Scratch, section) is not { } parent) return Failed(data, CibResult.Invalid);
            if (!Values.Same(data.Name, section)) return CibMerge.Create(parent, data) ? CibResult.Ok : Failed(data, CibResult.Exists);
            foreach (var child in data.Nodes)
                if (child.IsComment) parent.Add(child.Clone());
                else if (!CibMerge.Create(parent, child)) return Failed(child, CibResult.Exists);
            return CibResult.Ok;
        }

        private CibResult Failed(CibElement what, CibResult result)
        {
            var failed = new CibElement("failed");
            var update = failed.Add("failed_update").Set("id", what.Id).Set("object_type", what.Name).Set("operation", "cib_create")
                .Set("reason", result == CibResult.Exists ? "File exists" : "Invalid argument");
            update.Add(what.Clone());
            Answer = failed;
            return result;
        }

        private CibResult CreatePath(CibElement data)
        {
            if (Select(Scratch, request.Section!) is not [var parent, ..]) return CibResult.NoSuchObject;
            parent.Add(data.Clone());
            return CibResult.Ok;
        }

        private CibResult Modify() => Modify(request.Section);

        private CibResult Modify(string? section)
        {
            if (request.Data is not { } data) return CibResult.Invalid;
            if (CibSections.FindOrAdd(Scratch, section) is not { } place) return CibResult.Invalid;
            if (CibMerge.Update(place, data)) return CibResult.Ok;
            if (!Is(CibOptions.CanCreate)) return CibResult.NoSuchObject;
            place.Add(data.Clone());
            return CibResult.Ok;
        }

        private CibResult ModifyPath()
        {
            var found = Select(Scratch, request.Section!);
            if (found.Count == 0) return CibResult.NoSuchObject;
            if (request.Data is not { } data) return CibResult.NoSuchObject;
            var result = CibResult.Ok;
            foreach (var match in found)
            {
                if (!CibMerge.Update(match, data)) result = CibResult.NoSuchObject;
                else if (!Is(CibOptions.Multiple)) break;
            }
            return result;
        }

        private CibResult Replace()
        {
            if (request.Data is not { } data) return CibResult.Invalid;
            if (Values.Same(data.Name, "cib"))
            {
                if (CibVersion.Of(data) < CibVersion.Of(cib)) return CibResult.OldData;
                Scratch = data.Clone();
                return CibResult.Ok;
            }
            var section = Values.Same(request.Section, "all") || Values.Same(request.Section, data.Name) ? null : request.Section;
            return CibSections.Find(Scratch, section) is { } place && CibMerge.Replace(place, data) ? CibResult.Ok : CibResult.NoSuchObject;
        }

        private CibResult ReplacePath()
        {
            var found = Select(Scratch, request.Section!);
            if (found.Count == 0) return CibResult.NoSuchObject;
            foreach (var match in found)
            {
                if (match.Parent is not { } parent) return CibResult.Invalid;
                Touch(match);
                match.Remove();
                if (request.Data is { } data) parent.Add(data.Clone());
                if (!Is(CibOptions.Multiple)) break;
            }
            return CibResult.Ok;
        }

        private CibResult Delete()
        {
            if (request.Data is not { } data) return CibResult.Invalid;
            if (CibSections.Find(Scratch, request.Section) is not { } place) return CibResult.Ok;
            if (!Values.Same(data.Name, request.Section ?? "")) CibMerge.Delete(place, data);
            else
                foreach (var child in data.Children) CibMerge.Delete(place, child);
            return CibResult.Ok;
        }

        private CibResult DeletePath()
        {
            foreach (var match in Select(Scratch, request.Section!))
            {
                if (match == Scratch) return CibResult.Invalid;
                if (match.Root != Scratch) continue;        // went with one that it was inside of
                match.Remove();
                if (!Is(CibOptions.Multiple)) break;
            }
            return CibResult.Ok;
        }

        private CibResult Patch()
        {
            if (request.Data is not { } patch) return CibResult.Ok;
            if (patch.Name == "diff" && patch.Children.Count == 0) return CibResult.Ok;
            var outcome = CibPatch.Apply(cib, patch, checkVersion: true, out var patched, out _);
            if (patched is not null) Scratch = patched;
            return ResultOf(outcome);
        }

        private CibResult Bump()
        {
            Scratch.Set("epoch", Plus(Scratch["epoch"]));
            return CibResult.Ok;
        }

        private CibResult Erase()
        {
            Scratch = Empty(0);
            CibMerge.CopyAttributes(Scratch, cib);
            Scratch.Set("admin_epoch", Plus(Scratch["admin_epoch"]));
            return CibResult.Ok;
        }

        private CibResult Upgrade()
        {
            if (!SchemaVersion.TryParse(cib["validate-with"], out var version)) return cib["validate-with"] == SchemaVersion.None ? CibResult.Ok : CibResult.SchemaViolated;
            if (version >= Newest) return CibResult.Ok;
            if (SchemaUpgrade.To(Newest, cib, "", out var notes) is not { } upgraded || notes.Exists(n => n.Severity == Core.Diagnostics.Severity.Error) || !Conforms(upgraded))
                return CibResult.SchemaViolated;
            Scratch = upgraded.Set("admin_epoch", Plus(upgraded["admin_epoch"])).Set("epoch", "1").Set("num_updates", "1");
            return CibResult.Ok;
        }

        private void Touch(CibElement element) => TouchedConfiguration |= CibDiff.PathOf(element).StartsWith("/cib/configuration", StringComparison.Ordinal);
    }
}
