using System.Collections.Immutable;
using System.Diagnostics;
using Appliance.Core.Diagnostics;

namespace Appliance.Lrm.Agents;

/// <summary>MailTo: tells people by mail that a group came or went. Mail that cannot be sent is logged and never fails the group.</summary>
public sealed class MailTo : BuiltInAgent
{
    private static readonly string[] Programs = ["/usr/sbin/sendmail", "/usr/lib/sendmail"];

    public override AgentDescription Description { get; } = new("MailTo", "Sends mail when it is started and stopped.", "ADDRESS[::SUBJECT]",
    [
        new("email", "string", true, "", "Who gets the mail."),
        new("subject", "string", false, "Resource Group", "Begin of the subject."),
    ]);

    public override ImmutableDictionary<string, string> FromArguments(ImmutableArray<string> arguments)
    {
        var given = ImmutableDictionary<string, string>.Empty.Add("email", arguments[0]);
        return arguments.Length > 1 ? given.Add("subject", arguments[1]) : given;
    }

    public override string? Check(AgentCall call) => call["email"].AsSpan().ContainsAny('\n', '\r') || call["subject"].AsSpan().ContainsAny('\n', '\r') ? "a line break in the address or the subject" : null;

    public override AgentResult Start(AgentCall call)
    {
        File.WriteAllText(call.StateFile, "");
        Send(call, "Takeover in progress");
        return AgentResult.Ok();
    }

    public override AgentResult Stop(AgentCall call)
    {
        if (!File.Exists(call.StateFile)) return AgentResult.Ok("not started");
        File.Delete(call.StateFile);
        Send(call, "Migrating resource away");
        return AgentResult.Ok();
    }

    public override AgentResult Monitor(AgentCall call) => File.Exists(call.StateFile) ? AgentResult.Ok() : AgentResult.NotRunning();

    private static void Send(AgentCall call, string what)
    {
        if (Programs.FirstOrDefault(File.Exists) is not { } program)
        {
            call.Log(LogPriority.Warn, $"no mail was sent to {call["email"]}: there is no sendmail on this machine");
            return;
        }
        var subject = $"{call["subject"]} {what} at {DateTime.Now:yyyy-MM-dd HH:mm:ss} on {Environment.MachineName}";
        call.Request.Background.Start(call.Request.Instance, _ =>
        {
            var start = new ProcessStartInfo(program, ["-t", "-i"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start) ?? throw new IOException($"{program} does not start");
            process.StandardInput.Write($"To: {call["email"]}\nSubject: {subject}\n\n{subject}\n");
            process.StandardInput.Close();
            if (!process.WaitForExit(TimeSpan.FromSeconds(30))) process.Kill(entireProcessTree: true);
        });
    }
}
