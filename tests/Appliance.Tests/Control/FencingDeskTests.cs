using System.Text;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Fencing;
using Appliance.Linux;

namespace Appliance.Control.Tests;

/// <summary>What command-line tools ask of the fencer, as it comes over the socket.</summary>
public sealed class The_desk_of_the_fencer : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("desk").FullName;
    private readonly Deeds _deeds = new();
    private readonly Inbox _inbox = new();
    private readonly DeviceDesk _devices;
    private readonly FencingDesk _desk;

    public The_desk_of_the_fencer()
    {
        _devices = new(new HaCf { Nodes = ["alpha", "beta"], LocalNode = "alpha", Stonith = [new("*", "null", Secret.Of("pcmk_host_list=beta"), null, 1)] }, _inbox, _deeds.Log);
        _desk = new(new FencerHost("alpha", _deeds, _devices, new FencingHistoryFile(_directory + "/history"), _deeds.Log), _devices);
    }

    public void Dispose()
    {
        _devices.Dispose();
        _inbox.Dispose();
        _deeds.Dispose();
        Directory.Delete(_directory, true);
    }

    private ControlAnswer? Ask(string line)
    {
        ControlAnswer? answer = null;
        var (request, fault) = CommandProtocol.Read(Encoding.UTF8.GetBytes(line));
        Assert.That(request, Is.Not.Null, fault);
        _desk.Ask(request!, given => answer = given, Clock.Now());
        return answer;
    }

    [TestCase("""{"do":"fence","fencing":{"target":"beta","action":"off"}}""")]
    [TestCase("""{"do":"fence-confirm","fencing":{"target":"beta"}}""")]
    [TestCase("""{"do":"fence-register","fencing":{"target":"d","agent":"null","client":"c","parameters":{"pcmk_host_list":null}}}""")]
    [TestCase("""{"do":"fence-level","fencing":{"target":"beta","level":1,"client":"c","levelDevices":[null]}}""")]
    public void What_lacks_a_word_is_refused_and_ends_nothing(string line) => Assert.That(Ask(line), Is.EqualTo(ControlAnswer.Failed("the request lacks a word")));

    [Test]
    public void What_is_whole_is_done()
    {
        Assert.That(Ask("""{"do":"fence-register","fencing":{"target":"d","agent":"null","client":"c","parameters":{"pcmk_host_list":"beta"}}}""")!.Ok);
        Assert.That(Ask("""{"do":"fence-level","fencing":{"target":"beta","level":1,"client":"c","levelDevices":["d"]}}""")!.Ok);
        Assert.That(Ask("""{"do":"fence-level","fencing":{"target":"@beta[","level":1,"client":"c","levelDevices":["d"]}}""")!.Error, Does.Contain("beta["), "a pattern that is none");
        Assert.That(Ask("""{"do":"fence-confirm","fencing":{"target":"beta","client":"c"}}""")!.Ok);
        Assert.That(Ask("""{"do":"fence-confirm","fencing":{"target":"alpha","client":"c"}}""")!.Error, Does.StartWith("alpha is this machine, and it runs"));
        Assert.That(Ask("""{"do":"fencing"}""")!.Fencing!.History.Single().Target, Is.EqualTo("beta"));
    }
}
