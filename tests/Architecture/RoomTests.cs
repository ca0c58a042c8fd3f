using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Appliance.Architecture;

/// <summary>The table of rooms in ARCHITECTURE.md, checked against what the compiler really put into the assemblies.</summary>
public class A_room
{
    private static readonly string[] Cores = ["Appliance.Core", "Appliance.Configuration", "Appliance.Messaging", "Appliance.Haresources", "Appliance.Stonith", "Appliance.Cib", "Appliance.Policy", "Appliance.Operations", "Appliance.Crm"];

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
    [TestCase("Appliance.Operations", "Core")]
    [TestCase("Appliance.Lrm", "Core Configuration Linux Operations")]
    [TestCase("Appliance.Stonith", "Core Messaging")]
    [TestCase("Appliance.Cib", "Core")]
    [TestCase("Appliance.Policy", "Core Cib")]
    [TestCase("Appliance.Crm", "Core Cib Configuration Messaging Operations Policy Stonith")]
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
    public void Has_no_lazy_query_over_structs(string room) => Assert.That(Read(room, QueriesOverStructs), Is.Empty);

    /// <summary>
    /// The same, hidden: a query that makes structs of classes, and what the library of immutable collections does with queries of its own: dictionaries made of a
    /// sequence with selectors, and the keys or values of one whose values (or keys) are structs.
    /// </summary>
    [TestCaseSource(nameof(Shipped))]
    public void Has_no_hidden_lazy_query_over_structs(string room) => Assert.That(Read(room, HiddenQueriesOverStructs), Is.Empty);

    private static IEnumerable<string> QueriesOverStructs(MetadataReader m, PEReader image)
    {
        string[] lazy = ["Select", "Where", "SelectMany", "OrderBy", "OrderByDescending", "ThenBy", "ThenByDescending", "Skip", "Take", "Zip", "Distinct", "Reverse", "Concat", "OfType", "Cast"];
        foreach (var (type, method, structs, by) in GenericCalls(m, image))
            if (type is "Enumerable" or "ImmutableArrayExtensions" && lazy.Contains(method) && structs[0]) yield return $"{method} over a struct, in {by}";
    }

    private static IEnumerable<string> HiddenQueriesOverStructs(MetadataReader m, PEReader image)
    {
        foreach (var (type, method, structs, by) in GenericCalls(m, image))
        {
            if (type is "Enumerable" or "ImmutableArrayExtensions" && method is "Select" or "SelectMany" or "Zip" && structs[^1]) yield return $"{method} into a struct, in {by}";
            if (type is "ImmutableDictionary" or "ImmutableSortedDictionary" && method.StartsWith("To", StringComparison.Ordinal) && structs.Contains(true)) yield return $"{method} with a struct, in {by}";
        }
        foreach (var member in m.MemberReferences.Select(m.GetMemberReference).Where(r => r.Parent.Kind == HandleKind.TypeSpecification && m.GetString(r.Name) is "get_Keys" or "get_Values"))
            if (m.GetTypeSpecification((TypeSpecificationHandle)member.Parent).DecodeSignature(new WhatIsStruct(), null) is { Name: "ImmutableDictionary`2" or "ImmutableSortedDictionary`2", OverStructs: true } type)
                yield return $"{m.GetString(member.Name)} of {type.Name} over a struct";
    }

    /// <summary>Calls of static generic methods: the class, the method, for each type argument whether it is a struct, and who calls.</summary>
    private static IEnumerable<(string Type, string Method, bool[] Structs, string By)> GenericCalls(MetadataReader m, PEReader image)
    {
        for (var row = 1; row <= m.GetTableRowCount(TableIndex.MethodSpec); row++)
        {
            var spec = m.GetMethodSpecification(MetadataTokens.MethodSpecificationHandle(row));
            if (spec.Method.Kind != HandleKind.MemberReference || m.GetMemberReference((MemberReferenceHandle)spec.Method) is var method && method.Parent.Kind != HandleKind.TypeReference) continue;
            yield return (m.GetString(m.GetTypeReference((TypeReferenceHandle)method.Parent).Name), m.GetString(method.Name), [.. spec.DecodeSignature(new WhatIsStruct(), null).Select(a => a.IsStruct)], Callers(m, image, MetadataTokens.GetToken(MetadataTokens.MethodSpecificationHandle(row))));
        }
    }

    /// <summary>The methods in whose code a token stands.</summary>
    private static string Callers(MetadataReader m, PEReader image, int token)
    {
        var bytes = BitConverter.GetBytes(token);
        return string.Join(", ", m.MethodDefinitions.Select(m.GetMethodDefinition)
            .Where(d => d.RelativeVirtualAddress != 0 && image.GetMethodBody(d.RelativeVirtualAddress).GetILBytes() is { } code && code.AsSpan().IndexOf(bytes) >= 0)
            .Select(d => $"{m.GetString(m.GetTypeDefinition(d.GetDeclaringType()).Name)}.{m.GetString(d.Name)}"));
    }

    private static List<string> References(string assembly) => Read(assembly, m => m.AssemblyReferences.Select(h => m.GetString(m.GetAssemblyReference(h).Name)));

    private static List<string> TypeReferences(string assembly) => Read(assembly, m => m.TypeReferences.Select(m.GetTypeReference)
        .Select(t => m.GetString(t.Namespace) + "." + m.GetString(t.Name)));

    private static List<string> Members(string assembly, string type) => Read(assembly, m => m.MemberReferences.Select(m.GetMemberReference)
        .Where(r => r.Parent.Kind == HandleKind.TypeReference && m.GetTypeReference((TypeReferenceHandle)r.Parent) is var t && m.GetString(t.Namespace) + "." + m.GetString(t.Name) == type)
        .Select(r => m.GetString(r.Name)));

    private static List<string> Read(string assembly, Func<MetadataReader, IEnumerable<string>> what) => Read(assembly, (m, _) => what(m));

    private static List<string> Read(string assembly, Func<MetadataReader, PEReader, IEnumerable<string>> what)
    {
        using var file = File.OpenRead(Path.Combine(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!, assembly + ".dll"));
        using var image = new PEReader(file);
        return [.. what(image.GetMetadataReader(), image)];
    }
}
