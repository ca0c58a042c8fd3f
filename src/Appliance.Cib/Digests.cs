using System.Security.Cryptography;
using System.Text;

namespace Appliance.Cib;

/// <summary>MD5 sums of documents and of operations' parameters, equal to Pacemaker's for equal content.</summary>
/// <remarks>
/// They tell whether two nodes have the same document and whether a parameter has changed; nothing is secured by them. Pacemaker up to 2.1 replaced special
/// characters differently (see <see cref="CibFormat.OldEscapes"/>): beside such a peer the sums of documents that have any agree only with <c>old</c>.
/// </remarks>
public static class Digests
{
    /// <summary>The first feature set whose nodes compare documents by <see cref="OfDocument"/>; older ones do by <see cref="OnDisk"/>.</summary>
    private const string FirstWithVersioned = "3.0.5";

    /// <summary>What <c>cibadmin --md5-sum</c> says, and what stands beside the document on disk (cib.xml.sig).</summary>
    public static string OnDisk(CibElement element, bool old = false)
    {
        if (old) return Sum(Encoding.UTF8.GetBytes(" " + element.ToString(CibFormat.OldEscapes) + "\n"));
        using var text = new CibBytes();
        text.Append(" "u8);
        text.Append(element, filtered: false);
        text.Append("\n"u8);
        return Sum(text.Written);
    }

    /// <summary>What patches carry, and <c>cibadmin --md5-sum-versioned</c> says of a document of a feature set from 3.0.5 on: who wrote last does not count.</summary>
    public static string OfDocument(CibElement element, bool old = false)
    {
        if (old) return Sum(Encoding.UTF8.GetBytes(element.ToString(CibFormat.Filtered | CibFormat.OldEscapes)));
        using var text = new CibBytes();
        text.Append(element, filtered: true);
        return Sum(text.Written);
    }

    /// <summary>The document's sum as nodes of that feature set calculate it.</summary>
    public static string Versioned(CibElement element, string? featureSet, bool old = false) =>
        featureSet is null || Values.CompareVersions(featureSet, FirstWithVersioned) < 0 ? OnDisk(element, old) : OfDocument(element, old);

    /// <summary>The sum of an operation's parameters: their order does not count. Filter them first (<see cref="FilterOperation"/>).</summary>
    public static string OfOperation(CibElement parameters, bool old = false)
    {
        var attributes = parameters.Attributes.ToArray();
        Array.Sort(attributes, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        var sorted = new CibElement(parameters.Name);
        foreach (var attribute in attributes) sorted.Set(attribute.Name, attribute.Value);
        return OnDisk(sorted, old);
    }

    /// <summary>Takes out what may change without the operation being another: meta-attributes and where it runs. A recurring operation's timeout stays.</summary>
    public static void FilterOperation(CibElement parameters)
    {
        var recurring = Values.TryInteger(parameters["CRM_meta_interval"], out var interval) && interval != 0;
        var timeout = recurring ? parameters["CRM_meta_timeout"] : null;
        foreach (var attribute in parameters.Attributes.ToArray())
            if (attribute.Name.StartsWith("CRM_meta_", StringComparison.Ordinal)
                || attribute.Name is "id" or "crm_feature_set" or "op-digest" or "on_node" or "on_node_uuid" or "pcmk_external_ip") parameters.Set(attribute.Name, null);
        parameters.Set("CRM_meta_timeout", timeout);
    }

#pragma warning disable CA5351 // MD5 is what the field uses to tell documents apart.
    private static string Sum(ReadOnlySpan<byte> text)
    {
        Span<byte> sum = stackalloc byte[MD5.HashSizeInBytes];
        MD5.HashData(text, sum);
        return Convert.ToHexStringLower(sum);
    }
#pragma warning restore CA5351
}
