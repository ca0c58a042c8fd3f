using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Kernel;

/// <summary>The check of a web server, beside a real one (busybox's), and beside what only says it is one.</summary>
public class A_web_check
{
    private Network _network = null!;
    private Process? _server;

    [SetUp]
    public void Plug()
    {
        Machine.NeedsFile("/usr/bin/busybox");
        _network = new Network();
        Directory.CreateDirectory(_network.State.Path + "/www");
        File.WriteAllText(_network.State.Path + "/www/status.txt", "Total Accesses: 7\n");
    }

    [TearDown]
    public void Unplug()
    {
        Stop();
        _network?.Dispose();
    }

    [Test]
    public void Waits_for_the_server_at_start_and_fails_when_the_server_does()
    {
        Assert.That(Run("monitor").Code, Is.EqualTo(OcfCode.NotRunning));
        using (var later = new Timer(_ => Serve(), null, 500, Timeout.Infinite)) Assert.That(Run("start").Code, Is.Zero);
        Assert.That(Run("start").Code, Is.Zero);
        Assert.That(Run("monitor").Code, Is.Zero);
        Stop();
        Assert.That(Run("monitor"), Is.EqualTo(new AgentResult(OcfCode.Generic, "http://10.77.0.2/status.txt: Connection refused")));
        Assert.That(Run("stop").Code, Is.Zero);
        Assert.That(Run("stop").Code, Is.Zero);
        Assert.That(Run("monitor").Code, Is.EqualTo(OcfCode.NotRunning));
    }

    [TestCase("http://10.77.0.2/status.txt", "Accesses: 7", "200", null)]
    [TestCase("http://10.77.0.2:80/status.txt", "", "200-399", null)]
    [TestCase("http://10.77.0.2/status.txt", "Accesses: 8", "200", "http://10.77.0.2/status.txt answers without the text 'Accesses: 8'")]
    [TestCase("http://10.77.0.2/nothing", "", "200-399", "http://10.77.0.2/nothing answers with status 404")]
    [TestCase("http://10.77.0.2/nothing", "", "200,404", null)]
    public void Judges_the_page_by_status_and_text(string url, string text, string status, string? problem)
    {
        Serve();
        Run("start");
        Assert.That(Run("monitor", ("statusurl", url), ("testtext", text), ("status", status)), Is.EqualTo(problem is null ? AgentResult.Success : new(OcfCode.Generic, problem)));
    }

    [TestCase("", false, "does not answer within 0.5 s")]
    [TestCase("220 mail ready\r\n\r\n", false, ": the answer is not HTTP/1")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Le", true, ": the answer breaks off in its head")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nab", false, "does not answer within 0.5 s")]
    public void Does_not_fall_for_what_is_no_web_server(string answer, bool closes, string problem)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";
        using var log = new InProcessBackground(_network.Log.Write);
        File.WriteAllText(_network.State.Path + "/Http-w.state", "");
        var serving = Task.Run(() =>
        {
            using var client = listener.AcceptTcpClient();
            client.GetStream().Write(Encoding.ASCII.GetBytes(answer));
            if (!closes) _ = client.GetStream().Read(new byte[4096]) is > 0 && client.GetStream().Read(new byte[1]) == 0;
        });
        var environment = new Dictionary<string, string> { ["OCF_RESKEY_statusurl"] = url, ["OCF_RESKEY_timeout"] = problem.Contains("within", StringComparison.Ordinal) ? "0.5" : "5" };
        var result = AgentRunner.Run(AgentRegistry.Find("Http")!, new("monitor", null, environment, "w", _network.State.Path, _network.Log.Write, log, TimeSpan.FromSeconds(20)), CancellationToken.None);
        Assert.That(result.Code, Is.EqualTo(OcfCode.Generic));
        Assert.That(result.Reason, Does.StartWith(url).And.EndWith(problem));
    }

    [TestCase("https://10.77.0.2/", "200", "statusurl=https://10.77.0.2/: must be http://HOST[:PORT]/PATH")]
    [TestCase("/status", "200", "statusurl=/status: must be http://HOST[:PORT]/PATH")]
    [TestCase("http://10.77.0.2/", "ok", "status=ok: must be codes and ranges, as in 200-299,401")]
    public void Refuses_what_cannot_be_asked(string url, string status, string reason) => Assert.That(
        Run("validate-all", ("statusurl", url), ("status", status)), Is.EqualTo(new AgentResult(OcfCode.Configured, reason)));

    private void Serve() => _server = Process.Start("/usr/sbin/ip", ["netns", "exec", _network.B, "/usr/bin/busybox", "httpd", "-f", "-p", "80", "-h", _network.State.Path + "/www"]);

    private void Stop()
    {
        _server?.Kill();
        _server?.WaitForExit();
        _server?.Dispose();
        _server = null;
    }

    private AgentResult Run(string action, params (string Name, string Value)[] parameters)
    {
        var all = parameters.ToDictionary(p => p.Name, p => p.Value);
        all.TryAdd("statusurl", "http://10.77.0.2/status.txt");
        return _network.Run(_network.A, "Http", action, null, all);
    }
}
