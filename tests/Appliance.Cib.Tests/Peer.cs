using System.Diagnostics;

namespace Appliance.Cib.Tests;

/// <summary>Pacemaker's own programs (Debian: pacemaker, pacemaker-cli-utils).</summary>
internal static class Peer
{
    /// <summary>Runs one; a test cannot run where it is not installed.</summary>
    public static (int Exit, string Output, string Error) Run(string program, string[] arguments, string input = "", string? timeZone = "UTC", string? cib = null)
    {
        var path = new[] { "/usr/sbin/", "/usr/bin/" }.Select(d => d + program).FirstOrDefault(File.Exists);
        if (path is null) Assert.Ignore($"{program} is missing (Debian packages pacemaker-cli-utils, libxml2-utils)");
        var start = new ProcessStartInfo(path!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["TZ"] = timeZone;
        if (cib is not null) start.Environment["CIB_file"] = cib;
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["CIB_shadow_dir"] = Path.GetTempPath();
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}

/// <summary>Texts as files, for as long as it lives.</summary>
internal sealed class PeerFiles(params string[] texts) : IDisposable
{
    private readonly string[] _names = [.. texts.Select(text =>
    {
        var name = Path.GetTempFileName();
        File.WriteAllText(name, text);
        return name;
    })];

    public string this[int index] => _names[index];

    public void Dispose()
    {
        foreach (var name in _names) File.Delete(name);
    }
}
