using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Appliance.Architecture;

/// <summary>The table of rooms in ARCHITECTURE.md, checked against what the compiler really put into the assemblies.</summary>
public class A_room
{
    private static readonly string[] Cores = ["Appliance.Core", "Appliance.Configuration", "Appliance.Messaging", "Appliance.Haresources", "Appliance.Stonith", "Appliance.Cib", "Appliance.Policy", "Appliance.Crm"];

    /// <summary>Framework assemblies that hold clocks, files, sockets, processes, threads or terminals and nothing a core needs.</summary>
    private static readonly string[] WorldAssemblies =
    [
        "System.Net.Sockets", "System.Net.NetworkInformation", "System.Net.NameResolution", "System.Net.Http", "System.Diagnostics.Process",
        "System.IO.FileSystem.Watcher", "System.IO.Pipes", "System.IO.Compression", "System.Console", "System.Threading.Thread", "System.Threading.ThreadPool",
        "System.Threading.Channels", "System.Diagnostics.TraceSource",
    ];

    [TestCase("Appliance.Core", "")]
    [TestCase("Appliance.Configuration", "Core")]
    [TestCase("Appliance.Messaging", "Core Configuration")]
    [TestCase("Appliance.Haresources", "Core Configuration Messaging Stonith")]
    [TestCase("Appliance.Linux", "Core Configuration")]
    [TestCase("Appliance.Lrm", "Core Configuration Linux")]
    [TestCase("Appliance.Stonith", "Core Messaging")]
    [TestCase("Appliance.Cib", "Core")]
    [TestCase("Appliance.Policy", "Core Cib")]
    [TestCase("Appliance.Crm", "Core Cib Configuration Messaging Policy Stonith")]
    public void Knows_only_the_floors_below_it(string room, string allowed)
    {
        var above = References(room).Where(r => r.StartsWith("Appliance.", StringComparison.Ordinal))
            .Select(r => r["Appliance.".Length..]).Except(allowed.Split(' '));
        Assert.That(above, Is.Empty);
    }

    [TestCaseSource(nameof(Cores))]
    public void That_decides_sees_nothing_of_the_world(string core) =>
        Assert.That(References(core).Intersect(WorldAssemblies), Is.Empty);

    [TestCaseSource(nameof(Cores))]
    public void That_decides_calls_no_clock_file_or_random_source(string core)
    {
        string[] world = ["System.IO.File", "System.IO.FileStream", "System.IO.Directory", "System.Random", "System.Diagnostics.Stopwatch",
            "System.TimeProvider", "System.Threading.Thread", "System.Threading.Tasks.Task", "System.Threading.Timer"];
        Assert.That(TypeReferences(core).Intersect(world), Is.Empty);
        // The compiler's own iterators ask on which thread they are; nothing else of System.Environment is for a core.
        Assert.That(Members(core, "System.Environment").Except(["get_CurrentManagedThreadId"]), Is.Empty);
    }

    private static readonly string[] Shipped = [.. Cores, "Appliance.Linux", "Appliance.Lrm", "appliance"];

    /// <summary>
    /// A lazy LINQ operator over a struct is compiled anew, and with it every operator that may follow it: 0.2 MB each in the native binary (docs/decisions). Over
    /// classes all share one. A <c>foreach</c>, or the methods of List, cost nothing.
    /// </summary>
    [TestCaseSource(nameof(Shipped))]
    public void Has_no_lazy_query_over_structs(string room)
    {
        string[] lazy = ["Select", "Where", "SelectMany", "OrderBy", "OrderByDescending", "ThenBy", "ThenByDescending", "Skip", "Take", "Zip", "Distinct", "Reverse", "Concat", "OfType", "Cast"];
        Assert.That(QueriesOverStructs(room, lazy), Is.Empty);
    }

    private static List<string> QueriesOverStructs(string assembly, string[] operators) => Read(assembly, m =>
    {
        var found = new List<string>();
        for (var row = 1; row <= m.GetTableRowCount(TableIndex.MethodSpec); row++)
        {
            var spec = m.GetMethodSpecification(MetadataTokens.MethodSpecificationHandle(row));
            if (spec.Method.Kind != HandleKind.MemberReference || m.GetMemberReference((MemberReferenceHandle)spec.Method) is var method && !operators.Contains(m.GetString(method.Name))) continue;
            if (method.Parent.Kind != HandleKind.TypeReference || m.GetString(m.GetTypeReference((TypeReferenceHandle)method.Parent).Name) is not "Enumerable" and not "ImmutableArrayExtensions") continue;
            var signature = m.GetBlobReader(spec.Signature);
            signature.ReadByte();                       // GENERICINST of a method
            signature.ReadCompressedInteger();          // how many arguments; the first is the elements' type
            var kind = signature.ReadByte();
            if (kind == (byte)SignatureTypeCode.GenericTypeInstance) kind = signature.ReadByte();
            if (kind is >= 0x02 and <= 0x0D) found.Add($"{m.GetString(method.Name)} over {(SignatureTypeCode)kind}");
            if (kind != 0x11) continue;      // ELEMENT_TYPE_VALUETYPE
            var type = signature.ReadTypeHandle();
            var name = type.Kind == HandleKind.TypeReference ? m.GetString(m.GetTypeReference((TypeReferenceHandle)type).Name) : m.GetString(m.GetTypeDefinition((TypeDefinitionHandle)type).Name);
            found.Add($"{m.GetString(method.Name)} over {name}");
        }
        return found;
    });

    private static List<string> References(string assembly) => Read(assembly, m => m.AssemblyReferences.Select(h => m.GetString(m.GetAssemblyReference(h).Name)));

    private static List<string> TypeReferences(string assembly) => Read(assembly, m => m.TypeReferences.Select(m.GetTypeReference)
        .Select(t => m.GetString(t.Namespace) + "." + m.GetString(t.Name)));

    private static List<string> Members(string assembly, string type) => Read(assembly, m => m.MemberReferences.Select(m.GetMemberReference)
        .Where(r => r.Parent.Kind == HandleKind.TypeReference && m.GetTypeReference((TypeReferenceHandle)r.Parent) is var t && m.GetString(t.Namespace) + "." + m.GetString(t.Name) == type)
        .Select(r => m.GetString(r.Name)));

    private static List<string> Read(string assembly, Func<MetadataReader, IEnumerable<string>> what)
    {
        using var file = File.OpenRead(Path.Combine(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!, assembly + ".dll"));
        using var image = new PEReader(file);
        return [.. what(image.GetMetadataReader())];
    }
}
