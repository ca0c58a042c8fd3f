using System.Diagnostics;
using Appliance.Cib;

namespace Appliance.Crm.Tests.Store;

/// <summary>Debian's cibadmin, working on a file instead of a cluster.</summary>
internal static class CibAdmin
{
    /// <summary>Runs it on a document.</summary>
    /// <returns>The exit code, what it printed, and the document afterwards.</returns>
    public static (int Exit, string Output, string Error, CibElement Document) Run(string document, params IReadOnlyList<string> arguments)
    {
        const string path = "/usr/sbin/cibadmin";
        if (!File.Exists(path)) Assert.Ignore("cibadmin is missing (Debian package pacemaker-cli-utils)");
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, document);
            var start = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
            start.Environment["CIB_file"] = file;
            start.Environment["LC_ALL"] = "C.UTF-8";
            start.Environment["TZ"] = "UTC";
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result, CibElement.Parse(File.ReadAllText(file), "theirs"));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
