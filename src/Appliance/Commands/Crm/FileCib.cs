using System.Text;
using Appliance.Cib;
using Appliance.Cib.Requests;

namespace Appliance.Commands.Crm;

/// <summary>A CIB in a file (CIB_file). It is read once and written at the end, if anything was to be changed in it.</summary>
internal sealed class FileCib : ICib
{
    /// <summary>How much a file may be: a tool that runs by itself takes more than a daemon.</summary>
    private static readonly ReadLimits Limits = new(Characters: 256 << 20, Elements: 16_000_000);

    private readonly string _path;
    private readonly CrmWorld _world;
    private CibElement _cib;
    private bool _dirty;

    private FileCib(string path, CibElement cib, CrmWorld world) => (_path, _cib, _world) = (path, cib, world);

    public static (int Rc, FileCib? Cib) Open(string path, CrmWorld world)
    {
        if (path != "-" && !File.Exists(path) && !Directory.Exists(path)) return ((int)CibResult.NoSuchObject, null);
        if (Read(path, world) is not { } root) return ((int)CibResult.SchemaViolated, null);
        if (root.Element("status") is null) root.Add("status");
        return FileRequests.Conforms(root) ? (0, new FileCib(path, root, world)) : ((int)CibResult.SchemaViolated, null);
    }

    /// <summary>The XML in a file, or in standard input ("-"); null where there is none.</summary>
    public static CibElement? Read(string path, CrmWorld world) => Read(path, world, out _);

    /// <param name="why">Where there is none: what is wrong, and in which line.</param>
    public static CibElement? Read(string path, CrmWorld world, out string why)
    {
        try
        {
            var fine = path == "-" ? CibElement.TryParse(world.Input.ReadToEnd(), path, out var root, out var fault, Limits) : CibElement.TryParse(File.ReadAllBytes(path), path, out root, out fault, Limits);
            why = fine ? "" : fault!.ToString();
            return fine ? root : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            why = "";       // what Debian's says of it is enough
            return null;
        }
    }

    /// <summary>As Pacemaker 2.1.5 prints XML.</summary>
    public static string Text(CibElement element) => element.ToString(CibFormat.Pretty | CibFormat.Apostrophes);

    /// <summary>Writes a document so that it is on the disk afterwards.</summary>
    public static bool Write(string path, CibElement root)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
            file.Write(Encoding.UTF8.GetBytes(Text(root)));
            file.Flush(flushToDisk: true);
            return true;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public CibReply Perform(CibRequest request)
    {
        if (request.Operation == CibOperation.Query) return FileRequests.Query(_cib, request);
        var reply = FileRequests.Apply(_cib, request, out _cib);
        if (reply.Result == CibResult.Ok) _dirty = true;
        if (reply.Rejected is { } rejected) ShowNumbered(rejected);
        return reply;
    }

    /// <remarks>Pacemaker's own file is left alone: beside it stands its sum, and with another one Pacemaker takes it for damaged.</remarks>
    public int Close() => !_dirty || !IsPacemakers() && Write(_path, _cib) ? 0 : (int)CibResult.CannotSave;

    private bool IsPacemakers() => (File.ResolveLinkTarget(_path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(_path)) == "/var/lib/pacemaker/cib/cib.xml";

    /// <summary>What does not conform is shown, with the numbers of its lines.</summary>
    private void ShowNumbered(CibElement rejected)
    {
        var lines = Text(rejected).Split('\n');
        for (var i = 0; i < lines.Length; i++) _world.Errors.Write($"{i + 1,4} {lines[i]}\n");
    }
}
