using System.Security.Cryptography;
using System.Text;

namespace Appliance.Lrm.Operations;

/// <summary>Tells whether parameters have changed: <c>op-digest</c> and its companions in a CIB's history.</summary>
/// <remarks>
/// MD5 over the line <c> &lt;parameters a="1" b="2"/&gt;</c>, a blank before and a newline behind, names ascending, meta attributes left out except the time-out of a recurring operation's own
/// (Pacemaker's digest version 1; no parameters at all give f2317cad3d54cec5d7d7aa7d0bf35cf8).
/// </remarks>
public static class ParameterDigest
{
    /// <param name="without">Names that do not count (secrets, or what a reload can change).</param>
    public static string Of(OperationOrder order, Func<string, bool>? without = null)
    {
        var parameters = order.Parameters;
        var names = new List<string>(parameters.Keys);
        names.Sort(StringComparer.Ordinal);
        var text = new StringBuilder(" <parameters");
        foreach (var name in names)
        {
            if ((IsMeta(name) && !(order.IsRecurring && name == "CRM_meta_timeout")) || without?.Invoke(name) == true) continue;
            text.Append(' ').Append(name).Append("=\"");
            Escape(parameters[name], text);
            text.Append('"');
        }
        text.Append("/>\n");
#pragma warning disable CA5351 // what Pacemaker compares with; nothing is protected by it
        return Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text.ToString())));
#pragma warning restore CA5351
    }

    /// <summary>Not a parameter of the agent, but of the cluster.</summary>
    public static bool IsMeta(string name) => name.StartsWith("CRM_meta_", StringComparison.Ordinal);

    /// <summary>An attribute's value as libxml2 writes it.</summary>
    private static void Escape(string value, StringBuilder text)
    {
        foreach (var c in value)
            switch (c)
            {
                case '<': text.Append("&lt;"); break;
                case '>': text.Append("&gt;"); break;
                case '&': text.Append("&amp;"); break;
                case '"': text.Append("&quot;"); break;
                case '\n': text.Append("&#10;"); break;
                case '\r': text.Append("&#13;"); break;
                case '\t': text.Append("&#9;"); break;
                default: text.Append(c); break;
            }
    }
}
