using Appliance.Policy.Tests;

namespace Appliance.Tests.Commands;

/// <summary>The scheduler's regression cases of Pacemaker, which stand beside the checkout or nowhere: what needs them has the category "beside".</summary>
internal static class PacemakersCases
{
    /// <summary>The directory that has them in <c>xml</c>; without it the test that asks is left out.</summary>
    public static string Needed()
    {
        if (CaseFolder.Path is not { } folder) throw new IgnoreException("the cases (../shared/conformance/scheduler) are not beside this checkout");
        return folder;
    }

    /// <summary>With names of options, a schema and a feature set that 2.1.5 knows.</summary>
    public static string InOlderWords(string text)
    {
        foreach (var name in (string[])["enabled", "action", "timeout", "reaction", "max-attempts", "watchdog-timeout"]) text = text.Replace($"name=\"fencing-{name}\"", $"name=\"{(name == "reaction" ? "fence" : "stonith")}-{name}\"", StringComparison.Ordinal);
        text = text.Replace("validate-with=\"pacemaker-3.10\"", "validate-with=\"pacemaker-3.9\"", StringComparison.Ordinal).Replace("validate-with=\"pacemaker-4.0\"", "validate-with=\"pacemaker-3.9\"", StringComparison.Ordinal);
        // Fail counts have other names for clusters of long ago.
        var root = text[text.IndexOf("<cib", StringComparison.Ordinal)..];
        root = root[..root.IndexOf('>', StringComparison.Ordinal)];
        var from = root.IndexOf(" crm_feature_set=\"", StringComparison.Ordinal);
        var without = from < 0 ? root : root.Remove(from, root.IndexOf('"', from + 18) + 1 - from);
        return text.Replace(root, without.Replace("<cib", "<cib crm_feature_set=\"3.16.1\"", StringComparison.Ordinal), StringComparison.Ordinal);
    }
}
