namespace Appliance.Policy.Tests;

/// <summary>Where Pacemaker's regression cases of its scheduler are: beside the checkout, or where SCHEDULER_CASES says.</summary>
internal static class CaseFolder
{
    /// <summary>Null: nowhere.</summary>
    public static string? Path
    {
        get
        {
            for (var at = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); at is not null; at = at.Parent)
            {
                var folder = System.IO.Path.Combine(at.FullName, "..", "shared", "conformance", "scheduler");
                if (File.Exists(System.IO.Path.Combine(folder, "cases.tsv"))) return System.IO.Path.GetFullPath(folder);
            }
            return Environment.GetEnvironmentVariable("SCHEDULER_CASES") is { } named && Directory.Exists(named) ? named : null;
        }
    }
}
