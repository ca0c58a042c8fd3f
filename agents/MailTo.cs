using System.Collections.Immutable;
using System.Globalization;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using static Appliance.Lrm.Agents.ParameterKind;

namespace Appliance.Lrm.Agents;

/// <summary>Tells people by mail that a group comes or goes. Hands the mail to sendmail or mail in the background: no mail problem ever fails or delays a group.</summary>
public sealed class MailTo : BuiltInAgent
{
    private static readonly TimeSpan HandOver = TimeSpan.FromSeconds(30);
    private static readonly ImmutableArray<string> Sendmail = ["/usr/sbin/sendmail", "/usr/lib/sendmail"];
    private static readonly ImmutableArray<string> Mail = ["/usr/bin/mail", "/usr/bin/mailx", "/bin/mail"];

    public override AgentDescription Description { get; } = new(
        "MailTo", "Notifies people by mail of a takeover", "Sends a mail when it is started and when it is stopped.", "ADDRESS[,ADDRESS...][::SUBJECT]",
        [
            new("email", Text, "Mail address", "One address or several, separated by commas.") { Required = true },
            new("subject", Text, "Subject", "Beginning of the subject line.") { Default = "Resource Group" },
            new("program", Text, "Mail program", "Program that takes a whole mail on standard input and its recipients from the mail (sendmail -t -i)."),
        ],
        AgentDescription.StandardActions(10, 10, 10));

    public override IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments) => arguments switch
    {
        [var email] => new Dictionary<string, string> { ["email"] = email },
        [var email, var subject] => new Dictionary<string, string> { ["email"] = email, ["subject"] = subject },
        _ => throw WrongArguments(),
    };

    public override AgentResult Start(AgentCall call)
    {
        var file = call.StateFile(Description.Name);
        if (File.Exists(file)) return AgentResult.Success;
        StateFiles.Write(file);
        Send(call, "Takeover in progress", "on");
        return AgentResult.Success;
    }

    public override AgentResult Stop(AgentCall call)
    {
        var file = call.StateFile(Description.Name);
        if (!File.Exists(file)) return AgentResult.Success;
        StateFiles.Delete(file);
        Send(call, "Migrating resource away", "from");
        return AgentResult.Success;
    }

    public override AgentResult Monitor(AgentCall call) => File.Exists(call.StateFile(Description.Name)) ? AgentResult.Success : AgentResult.NotRunning;

    public override AgentResult Validate(AgentCall call) =>
        Program(call) is null ? new(OcfCode.Installed, "neither sendmail nor mail is installed") : AgentResult.Success;

    private static string? Program(AgentCall call) =>
        call.Parameters.Has("program") ? call.Parameters["program"] : Sendmail.Concat(Mail).FirstOrDefault(File.Exists);

    private static void Send(AgentCall call, string what, string preposition)
    {
        if (Program(call) is not { } program)
        {
            call.Log(LogPriority.Warn, "no mail sent: neither sendmail nor mail is installed");
            return;
        }
        var now = DateTimeOffset.Now.ToString("ddd MMM d HH:mm:ss zzz yyyy", CultureInfo.InvariantCulture);
        var node = call.Environment.TryGetValue("HA_CURHOST", out var name) ? name : Environment.MachineName;
        var subject = OneLine($"{call.Parameters["subject"]} {what} at {now} {preposition} {node}");
        var recipients = call.Parameters["email"].Split((char[])[',', ' '], StringSplitOptions.RemoveEmptyEntries).Select(OneLine).ToArray();
        var takesWholeMail = !Mail.Contains(program);
        var head = takesWholeMail ? $"To: {string.Join(", ", recipients)}\nSubject: {subject}\n\n" : "";
        var file = $"{call.StateDirectory}/mail-{Guid.NewGuid():N}";
        var body = $"{head}{subject}\n\nResource: {OneLine(call.Instance)}\n";
        call.Background.Do("mail", () =>
        {
            try
            {
                File.WriteAllText(file, body);
                string[] arguments = takesWholeMail ? ["-t", "-i"] : ["-s", subject, .. recipients];
                var end = ProcessRunner.Run(
                    new(program, arguments, new Dictionary<string, string> { ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin" }) { StandardInput = file },
                    new(HandOver, TimeSpan.FromSeconds(2)), (_, _) => { }, CancellationToken.None);
                File.Delete(file);
                if (end is not { Kind: ProcessEndKind.Exited, Code: 0 }) call.Log(LogPriority.Warn, $"mail not sent: {program} {end.Kind} {end.Code}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                call.Log(LogPriority.Warn, $"mail not sent: {e.Message}");
                if (File.Exists(file)) Forget(file);
            }
        });
    }

    private static void Forget(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its directory went, or is not ours any more: nothing that a mail is worth more words for.
        }
    }

    private static string OneLine(string text) => new string(Array.ConvertAll(text.ToCharArray(), c => char.IsControl(c) ? ' ' : c));
}
