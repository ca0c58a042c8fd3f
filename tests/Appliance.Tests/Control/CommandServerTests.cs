using System.Collections.Immutable;
using System.Net.Sockets;
using System.Text;
using Appliance.Commands;
using Appliance.Configuration;
using Appliance.Linux;

namespace Appliance.Control.Tests;

public class The_command_socket
{
    private string _path = null!;
    private Deeds _deeds = null!;
    private CommandServer _server = null!;
    private string? _refusal;
    private readonly List<Action<ControlAnswer>> _asked = [], _hung = [];

    [SetUp]
    public void Make()
    {
        _path = Path.Combine(Path.GetTempPath(), $"appl-{Guid.NewGuid():N}"[..16] + ".sock");
        _deeds = new Deeds();
        _refusal = null;
        _asked.Clear();
        _hung.Clear();
        _server = new CommandServer(
            _path, (_, _) => _refusal,
            (request, _, answer) =>
            {
                if (request.Do == "full") return false;
                if (request.Do is "crm" or "late")
                {
                    lock (_asked) _asked.Add(answer);
                    return true;
                }
                if (request.Do != "hang") answer(new(true, Text: $"{request.Do} {request.Key}"));
                return true;
            },
            _deeds.Log, new() { MostClients = 4, ToAsk = TimeSpan.FromMilliseconds(300), ToAnswer = TimeSpan.FromMilliseconds(300), ToTake = TimeSpan.FromMilliseconds(300) },
            answer => { lock (_asked) _hung.Add(answer); });
        _server.Start();
    }

    [TearDown]
    public void Close()
    {
        _server.Dispose();
        _deeds.Dispose();
        File.Delete(_path);
    }

    private Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        socket.Connect(new UnixDomainSocketEndPoint(_path));
        return socket;
    }

    /// <summary>What comes back for these bytes; empty when the server closes.</summary>
    private string Say(string bytes)
    {
        using var socket = Connect();
        socket.Send(Encoding.UTF8.GetBytes(bytes));
        var buffer = new byte[65536];
        try
        {
            return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return "";
        }
    }

    private ControlAnswer Ask(ControlRequest request)
    {
        using var client = new ControlClient(_path);
        return client.Ask(request, TimeSpan.FromSeconds(5));
    }

    [Test]
    public void Answers_one_line_with_one_line() =>
        Assert.That(Say("""{"do":"cleanup","key":"K"}""" + "\n"), Is.EqualTo("""{"ok":true,"text":"cleanup K"}""" + "\n"));

    [Test]
    public void Answers_several_questions_on_one_connection()
    {
        using var client = new ControlClient(_path);
        for (var i = 0; i < 3; i++) Assert.That(client.Ask(new("echo", Key: $"{i}"), TimeSpan.FromSeconds(5)).Text, Is.EqualTo($"echo {i}"));
    }

    /// <summary>Lines that came together are answered each in its turn.</summary>
    [Test]
    public void Answers_what_was_asked_at_once_one_after_the_other()
    {
        using var socket = Connect();
        socket.Send(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5).Select(static i => "{\"do\":\"echo\",\"key\":\"" + i + "\"}\n"))));
        using var reader = new StreamReader(new NetworkStream(socket));
        for (var i = 0; i < 5; i++) Assert.That(reader.ReadLine(), Is.EqualTo("{\"ok\":true,\"text\":\"echo " + i + "\"}"));
    }

    /// <summary>Control is told of a client of the CRM that goes before it has its answer, and the place is free again.</summary>
    [Test]
    public void Tells_control_whose_client_has_gone()
    {
        for (var i = 0; i < 8; i++)
        {
            using (var socket = Connect())
            {
                socket.Send("""{"do":"crm","crm":{"ask":"state","withinMs":60000}}"""u8);
                socket.Send("\n"u8);
                Assert.That(() => { lock (_asked) return _asked.Count; }, Is.EqualTo(i + 1).After(5000, 5));
            }
            Assert.That(() => { lock (_asked) return _hung.Count; }, Is.EqualTo(i + 1).After(5000, 5));
            lock (_asked) Assert.That(_hung[i], Is.EqualTo(_asked[i]));
        }
        Assert.That(Ask(new("echo", Key: "x")).Text, Is.EqualTo("echo x"));
    }

    /// <summary>A client that takes its answer slowly gets all of it, in order, from two threads: control's, and its own.</summary>
    [Test]
    public void Sends_the_rest_of_an_answer_that_was_not_taken_at_once()
    {
        using var socket = Connect();
        socket.ReceiveBufferSize = 4096;
        socket.Send("""{"do":"late"}"""u8);
        socket.Send("\n"u8);
        Assert.That(() => { lock (_asked) return _asked.Count; }, Is.EqualTo(1).After(5000, 5));
        var text = string.Concat(Enumerable.Range(0, 400_000).Select(static i => $"{i} "));
        _asked[0](new(true, Text: text));
        using var reader = new StreamReader(new NetworkStream(socket));
        Assert.That(reader.ReadLine(), Is.EqualTo("{\"ok\":true,\"text\":\"" + text + "\"}"));
    }

    [TestCase("rubbish\n", "not a request")]
    [TestCase("{}\n", "the request has no")]
    [TestCase("[1,2]\n", "not a request")]
    [TestCase("null\n", "the request has no")]
    [TestCase("{\"do\":5}\n", "not a request")]
    [TestCase("\n", "not a request")]
    public void Says_what_is_wrong_with_a_bad_line(string line, string expected)
    {
        Assert.That(Say(line), Does.StartWith("""{"ok":false,"error":""").And.Contains(expected));
        Assert.That(_server.Refused, Is.EqualTo(1));
    }

    [Test]
    public void Hangs_up_on_a_line_without_end() => Assert.That(Say(new string('x', 70_000)), Is.Empty);

    [Test]
    public void Takes_a_request_of_any_length_that_one_can_have()
    {
        var key = new string('k', 20_000);
        Assert.That(Ask(new("echo", Key: key)).Text, Is.EqualTo("echo " + key));
    }

    [Test]
    public void Says_no_to_those_who_may_not_ask()
    {
        _refusal = "'cleanup' needs root";
        Assert.That(Ask(new("cleanup")), Is.EqualTo(new ControlAnswer(false, "'cleanup' needs root")));
    }

    [Test]
    public void Says_so_when_control_is_busy() => Assert.That(Ask(new("full")).Error, Does.StartWith("the daemon is busy"));

    [Test]
    public void Serves_others_while_clients_say_nothing_or_read_nothing()
    {
        using var silent = Connect();
        using var deaf = Connect();
        deaf.Send(Encoding.UTF8.GetBytes("{\"do\":\"hang\"}\n"));
        Assert.That(Ask(new("echo")).Ok, Is.True);
    }

    [Test]
    public void Forgets_clients_that_take_too_long()
    {
        var slow = Enumerable.Range(0, 4).Select(_ => Connect()).ToList();       // all places are taken
        try
        {
            Assert.That(Ask(new("echo")).Ok, Is.True, "after 300 ms there is room again");
        }
        finally
        {
            slow.ForEach(s => s.Dispose());
        }
    }

    [Test]
    public void Lets_a_tool_say_that_nothing_runs()
    {
        var e = Assert.Throws<NotRunningException>(() => new ControlClient(_path + ".none").Dispose());
        Assert.That(e!.Running, Is.False);
    }

    [Test]
    public void Knows_who_asks()
    {
        using var pairListener = Connect();
        PeerCredentials? seen = null;
        using var server = new CommandServer(_path + "2", (_, peer) => { seen = peer; return null; }, (_, _, answer) => { answer(new(true)); return true; }, _deeds.Log);
        server.Start();
        using (var client = new ControlClient(_path + "2")) client.Ask(new("x"), TimeSpan.FromSeconds(5));
        File.Delete(_path + "2");
        Assert.That(seen!.ProcessId, Is.EqualTo(Environment.ProcessId));
    }
}

/// <summary>Who comes to the command socket while others hold on to it: the kernel says who they are, so that nobody but root can keep root out.</summary>
public partial class A_command_socket_that_is_besieged
{
    private const uint Nobody = 65534, Operator = 1001, Other = 1002, Reader = 1003, Haclient = 105;
    private static readonly Accounts Machine = new(
        "root:x:0:0::/root:/bin/sh\nhacluster:x:102:105::/:/bin/false\noperator:x:1001:1001::/:/bin/sh\nreader:x:1003:1003::/:/bin/sh\n", "root:x:0:\nhaclient:x:105:operator\n");

    private readonly List<StreamSocket> _held = [];
    private string _path = null!;
    private Deeds _deeds = null!;
    private CommandServer _server = null!;

    [SetUp]
    public void Make()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("needs root, to become somebody else");
        _path = Path.Combine(Path.GetTempPath(), $"appl-{Guid.NewGuid():N}"[..16] + ".sock");
        _deeds = new Deeds();
        var permissions = new Permissions([new ApiAuth("anon", ["reader"], ["haclient"])], Machine);
        _server = new(_path, permissions.Refuse, (request, _, answer) =>
        {
            answer(new(true, Text: request.Do));
            return true;
        }, _deeds.Log, new() { ToAskFirst = TimeSpan.FromSeconds(2) });
        _server.Start();
    }

    [TearDown]
    public void Close()
    {
        foreach (var socket in _held) socket.Dispose();
        _held.Clear();
        _server?.Dispose();
        _deeds?.Dispose();
        if (_path is not null) File.Delete(_path);
    }

    /// <summary>Does something on a thread that is another user's.</summary>
    private static void As(uint user, uint group, Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                var (groups, gid, uid) = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? (159, 149, 147) : (116, 119, 117);
                if (Syscall(groups, 0, 0, 0) != 0 || Syscall(gid, (nint)group, (nint)group, (nint)group) != 0 || Syscall(uid, (nint)user, (nint)user, (nint)user) != 0) throw new IOException("cannot become another user");
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>The C library's own setresuid changes every thread of a process, the system call that of the caller only.</summary>
    [System.Runtime.InteropServices.LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint a, nint b, nint c);

    private void Hold(int count, uint user, uint group, byte[]? bytes = null) => As(user, group, () =>
    {
        for (var i = 0; i < count; i++)
        {
            Assert.That(StreamSocket.Connect(_path, out var socket), Is.Zero);
            _held.Add(socket!);
            if (bytes is not null) _ = socket!.Send(bytes);
        }
    });

    private ControlAnswer AskAs(uint user, uint group, string verb = "crm")
    {
        ControlAnswer? answer = null;
        As(user, group, () =>
        {
            using var client = new ControlClient(_path);
            answer = client.Ask(new(verb), TimeSpan.FromSeconds(10));
        });
        return answer!;
    }

    private void RootIsAnswered()
    {
        using var client = new ControlClient(_path);
        Assert.That(client.Ask(new("crm"), TimeSpan.FromSeconds(10)).Ok, Is.True);
    }

    [TestCase(null)]
    [TestCase("{\"do\":\"sta")]
    public void By_those_who_may_ask_nothing_has_room_for_everybody_else(string? half)
    {
        Hold(65, Nobody, Nobody, half is null ? null : Encoding.ASCII.GetBytes(half));
        RootIsAnswered();
        Assert.That(AskAs(Operator, Haclient).Ok, Is.True);
        Assert.That(AskAs(Nobody, Nobody).Error, Does.StartWith(Permissions.Denied));
        Assert.That(_deeds.Logged().Count(l => l.Contains("of user 65534 sent away", StringComparison.Ordinal)), Is.EqualTo(1), "one line, not one for each");
    }

    [Test]
    public void By_one_member_of_the_group_has_room_for_another_and_for_root()
    {
        Hold(65, Operator, Haclient);
        RootIsAnswered();
        Assert.That(AskAs(Operator, Haclient), Is.EqualTo(new ControlAnswer(false, "the daemon is busy; try again")));
        Assert.That(AskAs(Other, Haclient).Ok, Is.True);
    }

    [Test]
    public void By_many_members_has_room_for_root()
    {
        for (var user = Operator; user < Operator + 10; user++) Hold(8, user, Haclient);
        RootIsAnswered();
        Assert.That(AskAs(Operator + 20, Haclient).Error, Does.StartWith("the daemon is busy"));
    }

    [Test]
    public void Gives_the_places_back_of_those_who_say_nothing_or_half_a_word()
    {
        Hold(4, Operator, Haclient);
        Hold(4, Operator, Haclient, Encoding.ASCII.GetBytes("{\"do\":"));
        Assert.That(() => AskAs(Operator, Haclient).Ok, Is.True.After(20_000, 100));
    }

    [Test]
    public void Has_room_for_those_who_may_only_read()
    {
        Assert.That(AskAs(Reader, Reader, "status").Ok, Is.True);
        Hold(8, Reader, Reader);
        Assert.That(AskAs(Reader, Reader, "status").Error, Does.StartWith("the daemon is busy"));
        Assert.That(AskAs(Operator, Haclient).Ok, Is.True);
    }
}

public class Permission_on_the_command_socket
{
    private static readonly Accounts Machine = new(
        "root:x:0:0::/root:/bin/sh\nhacluster:x:102:105::/var/lib/pacemaker:/usr/sbin/nologin\noperator:x:1001:1001::/home/o:/bin/sh\n",
        "root:x:0:\nhaclient:x:105:operator\nadmins:x:1002:\n");

    // user, groups, verb, allowed with no apiauth line, allowed with "apiauth appliance uid=operator gid=admins"
    [TestCase(0u, new uint[] { 0 }, "cleanup", true, true)]
    [TestCase(0u, new uint[] { 0 }, "status", true, true)]
    [TestCase(102u, new uint[] { 105 }, "status", true, true)]
    [TestCase(102u, new uint[] { 105 }, "cleanup", false, false)]
    [TestCase(102u, new uint[] { 105 }, "fence", true, true)]
    [TestCase(102u, new uint[] { 105 }, "fence-confirm", true, true)]
    [TestCase(102u, new uint[] { 105 }, "fence-clean", true, true)]
    [TestCase(102u, new uint[] { 105 }, "fence-register", true, true)]
    [TestCase(1001u, new uint[] { 1001, 105 }, "fencing", true, true)]
    [TestCase(1001u, new uint[] { 1001, 105 }, "fence", false, true)]
    [TestCase(1001u, new uint[] { 1001, 105 }, "status", true, true)]
    [TestCase(1001u, new uint[] { 1001, 105 }, "upgrade", false, true)]
    [TestCase(1003u, new uint[] { 1003 }, "status", false, false)]
    [TestCase(1003u, new uint[] { 1003, 1002 }, "cleanup", false, true)]
    [TestCase(1003u, new uint[] { 1003, 1002 }, "parameter", false, true)]
    [TestCase(1003u, new uint[] { 1003 }, "nonsense", false, false)]
    [TestCase(0u, new uint[] { 0 }, "crm", true, true)]
    [TestCase(102u, new uint[] { 102 }, "crm", true, true)]
    [TestCase(1001u, new uint[] { 1001, 105 }, "crm", true, true)]
    [TestCase(1003u, new uint[] { 1003, 1002 }, "crm", false, false)]
    public void Follows_apiauth(uint user, uint[] groups, string verb, bool byDefault, bool withLine)
    {
        var peer = new PeerCredentials(1, user, [.. groups]);
        Assert.That(new Permissions([], Machine).Refuse(new(verb), peer) is null, Is.EqualTo(byDefault));
        Assert.That(new Permissions([new ApiAuth("appliance", ["operator"], ["admins"])], Machine).Refuse(new(verb), peer) is null, Is.EqualTo(withLine));
    }

    [TestCase(0u, true, "root")]
    [TestCase(102u, true, "hacluster")]
    [TestCase(1001u, false, "operator")]
    public void Asks_the_CRM_as_the_cluster_for_its_own_users_and_as_himself_for_anybody_else(uint user, bool asCluster, string name)
    {
        var asking = new Permissions([], Machine).CrmUserOf(new("crm"), new(1, user, [0, 1002, 4711]));
        Assert.That((asking.MayActFor, asking.Name), Is.EqualTo((asCluster, name)));
        Assert.That(asking.Groups, Is.EqualTo(asCluster ? Array.Empty<string>() : ["root", "admins"]));
    }

    [Test]
    public void To_read_is_only_for_those_whom_an_apiauth_anon_line_names()
    {
        var permissions = new Permissions([new ApiAuth("anon", ["operator"], [])], Machine);
        Assert.That(permissions.Refuse(new("status"), new(1, 1001, [1001])), Is.Null);
        Assert.That(permissions.Refuse(new("status"), new(1, 102, [105])), Is.Not.Null);
    }
}
