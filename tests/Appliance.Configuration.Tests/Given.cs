using Appliance.Configuration;
using Appliance.Core.Diagnostics;

namespace Appliance.Configuration.Tests;

/// <summary>Builders: what a test does not say is a configuration that starts without a warning.</summary>
internal static class Given
{
    public const string Dir = "/etc/ha.d/";
    public const string Base = "logfacility none\nlogfile /dev/null\nauto_failback on\n";
    public const string Body = Base + "bcast eth0\nnode alpha beta\n";
    public const string Keys = "auth 1\n1 sha1 key\n";
    public const string Groups = "alpha 10.99.0.5/24\n";

    public static ReadResult<HaCf> HaCf(string text, FakeFacts? facts = null, string? nodeInfo = null, int mode = 0x180) => ConfigurationReader.ReadHaCf(
        SourceFile.Of(Dir + "ha.cf", text, mode), nodeInfo is null ? null : SourceFile.Of(Dir + "nodeinfo", nodeInfo), facts ?? new FakeFacts());

    /// <summary>A good file and these lines after it.</summary>
    public static ReadResult<HaCf> With(string lines, FakeFacts? facts = null) => HaCf(Body + lines + "\n", facts);

    public static ReadResult<AuthKeys> AuthKeys(string text, int mode = 0x180) => ConfigurationReader.ReadAuthKeys(SourceFile.Of(Dir + "authkeys", text, mode));

    public static ReadResult<Haresources> Haresources(string text, FakeFacts? facts = null) =>
        ConfigurationReader.ReadHaresources(SourceFile.Of(Dir + "haresources", text), ["alpha", "beta"], facts ?? new FakeFacts());

    public static IEnumerable<string> Errors<T>(this ReadResult<T> result) where T : class => result.Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => d.Message);

    public static IEnumerable<string> Warnings<T>(this ReadResult<T> result) where T : class => result.Diagnostics.Where(d => d.Severity == Severity.Warning).Select(d => d.Message);
}
