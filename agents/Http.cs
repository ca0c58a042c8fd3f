using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using static Appliance.Lrm.Agents.ParameterKind;

namespace Appliance.Lrm.Agents;

/// <summary>Asks a web server for a page, and is well as long as the right answer comes.</summary>
/// <remarks>
/// <para>It starts and stops no program: it stands in a group behind what does (a service of systemd, a script). Its start waits until the page answers, so
/// that what follows it in the group finds a working server, and its monitor fails when the page does, so that the group is restarted or moves. Running
/// programs is what systemd and scripts are for; a second way to do that would only be another to get wrong.</para>
/// <para><c>statusurl</c> is as in ocf:heartbeat:apache; instead of its <c>testregex</c> a plain text is looked for. Redirections are not followed: they
/// are an answer. Only http: what a machine asks of itself needs no secrecy.</para>
/// </remarks>
public sealed class Http : BuiltInAgent
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public override AgentDescription Description { get; } = new(
        "Http", "Checks that a web server answers", "Start waits until a page is answered as it should be, monitor asks for it again, stop does nothing. The server itself is another resource's.", "URL[::TEXT]",
        [
            new("statusurl", Text, "Page", "http://HOST[:PORT]/PATH, usually on this machine.") { Required = true, Unique = true },
            new("testtext", Text, "Text", "What the page must contain, letter by letter; without it, any page is right."),
            new("status", Text, "Status", "Codes and ranges of codes that are right, separated by commas.") { Default = "200-399" },
            new("host", Text, "Host", "Name of the virtual host, where it is not the one in the address."),
            new("timeout", Seconds, "Seconds for an answer", "How long one request may take.") { Default = "5" },
        ],
        AgentDescription.StandardActions(60, 20, 20))
    {
        StandsFor = null,
    };

    public override bool MayBlock => true;

    public override IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments) => arguments switch
    {
        [var url] => new Dictionary<string, string> { ["statusurl"] = url },
        [var url, var text] => new Dictionary<string, string> { ["statusurl"] = url, ["testtext"] = text },
        _ => throw WrongArguments(),
    };

    public override AgentResult Start(AgentCall call)
    {
        _ = Codes(call);
        while (Ask(call) is { } problem)
        {
            call.Log(Core.Diagnostics.LogPriority.Debug, problem);
            if (call.Cancel.WaitHandle.WaitOne(Pause)) return new(OcfCode.Generic, problem);
        }
        StateFiles.Write(call.StateFile(Description.Name));
        return AgentResult.Success;
    }

    public override AgentResult Stop(AgentCall call)
    {
        StateFiles.Delete(call.StateFile(Description.Name));
        return AgentResult.Success;
    }

    public override AgentResult Monitor(AgentCall call)
    {
        if (!File.Exists(call.StateFile(Description.Name))) return AgentResult.NotRunning;
        return Ask(call) is { } problem ? new(OcfCode.Generic, problem) : AgentResult.Success;
    }

    public override AgentResult Validate(AgentCall call)
    {
        _ = Codes(call);
        _ = Page(call);
        return AgentResult.Success;
    }

    /// <returns><c>null</c>: the right answer came.</returns>
    private static string? Ask(AgentCall call)
    {
        var (host, port, path) = Page(call);
        var url = call.Parameters["statusurl"];
        using var time = CancellationTokenSource.CreateLinkedTokenSource(call.Cancel);
        time.CancelAfter(call.Parameters.Seconds("timeout"));
        try
        {
            var name = call.Parameters.Has("host") ? call.Parameters["host"] : port == 80 ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
            var answer = Fetch(host.Trim('[', ']'), port, $"GET {path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: appliance\r\nAccept: */*\r\nConnection: close\r\n\r\n", time.Token);
            if (!Codes(call).Exists(c => answer.Status >= c.From && answer.Status <= c.To)) return string.Create(CultureInfo.InvariantCulture, $"{url} answers with status {answer.Status}");
            return answer.Body.Contains(call.Parameters["testtext"], StringComparison.Ordinal) ? null : $"{url} answers without the text '{call.Parameters["testtext"]}'";
        }
        catch (Exception e) when (e is OperationCanceledException || (time.IsCancellationRequested && e is IOException or SocketException or InvalidOperationException))
        {
            // Whatever it was doing: the time was over, and the connection is taken from under it then.
            return $"{url} does not answer within {call.Parameters["timeout"]} s";
        }
        catch (Exception e) when (e is SocketException or IOException or FormatException)
        {
            return $"{url}: {e.Message}";
        }
    }

    private static HttpAnswer Fetch(string host, int port, string request, CancellationToken cancel)
    {
        using var client = new TcpClient();
        client.ConnectAsync(host, port, cancel).AsTask().GetAwaiter().GetResult();
        using var close = cancel.Register(client.Dispose);
        using var stream = client.GetStream();
        stream.Write(Encoding.ASCII.GetBytes(request));
        var buffer = new byte[HttpAnswer.MostBytes];
        var size = 0;
        while (true)
        {
            var n = stream.Read(buffer, size, buffer.Length - size);
            cancel.ThrowIfCancellationRequested();      // a closed socket can also look like the server's end
            size += n;
            if (HttpAnswer.Read(buffer.AsSpan(0, size), n == 0 || size == buffer.Length) is { } answer) return answer;
        }
    }

    private static (string Host, int Port, string Path) Page(AgentCall call)
    {
        if (!Uri.TryCreate(call.Parameters["statusurl"], UriKind.Absolute, out var url) || url.Scheme != "http" || url.Host.Length == 0 || url.UserInfo.Length > 0)
            throw new AgentException(OcfCode.Configured, $"statusurl={call.Parameters["statusurl"]}: must be http://HOST[:PORT]/PATH");
        return (url.Host, url.Port, url.PathAndQuery);
    }

    private static List<Range> Codes(AgentCall call)
    {
        var codes = new List<Range>();
        foreach (var part in call.Parameters["status"].Split(','))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            var (from, to) = dash < 0 ? (part, part) : (part[..dash], part[(dash + 1)..]);
            if (!int.TryParse(from.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var first) || !int.TryParse(to.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var last) || first < 100 || last < first)
                throw new AgentException(OcfCode.Configured, $"status={call.Parameters["status"]}: must be codes and ranges, as in 200-299,401");
            codes.Add(new(first, last));
        }
        return codes;
    }

    private sealed record Range(int From, int To);
}
