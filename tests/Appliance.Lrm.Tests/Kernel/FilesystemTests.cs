using Appliance.Linux;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Kernel;

/// <summary>Mounts by the real kernel, each test in a mount namespace of its own.</summary>
public class A_file_system
{
    private Scratch _scratch = null!;
    private Log _log = null!;

    [SetUp]
    public void Prepare()
    {
        Machine.NeedsRoot();
        (_scratch, _log) = (new Scratch(), new Log());
    }

    [TearDown]
    public void CleanUp() => _scratch?.Dispose();

    [Test]
    public void Is_mounted_once_and_unmounted_once_however_often_it_is_asked() => Machine.InMountNamespace(() =>
    {
        string[] resource = ["tmpfs", _scratch.Path + "/made/for it/", "tmpfs", "size=1m,nosuid,ro"];
        Assert.That(Run("monitor", resource).Code, Is.EqualTo(OcfCode.NotRunning));
        Assert.That(Run("stop", resource).Code, Is.Zero);
        Assert.That(Run("start", resource), Is.EqualTo(AgentResult.Success));
        Assert.That(Run("start", resource).Code, Is.Zero);
        Assert.That(Run("monitor", resource).Code, Is.Zero);
        Assert.That(MountTable.Read().Count(m => m.Target == _scratch.Path + "/made/for it"), Is.EqualTo(1));
        Assert.That(File.ReadAllText("/proc/thread-self/mounts"), Does.Match(@"/made/for\\040it tmpfs ro,nosuid,.*size=1024k"));
        Assert.That(Run("stop", resource).Code, Is.Zero);
        Assert.That(Run("stop", resource).Code, Is.Zero);
        Assert.That(Run("monitor", resource).Code, Is.EqualTo(OcfCode.NotRunning));
    });

    [TestCase("exec 3>FILE; while :; do sleep 0.1; done", "descriptor 3", 15)]
    [TestCase("cd PLACE; while :; do sleep 0.1; done", "cwd", 15)]
    [TestCase("trap '' TERM; cd PLACE; while :; do sleep 0.1; done", "cwd", 9)]
    public void In_use_is_unmounted_after_its_users_have_been_ended(string user, string why, int signal) => Machine.InMountNamespace(() =>
    {
        var place = _scratch.Path + "/place";
        string[] resource = ["tmpfs", place, "tmpfs"];
        Assert.That(Run("start", resource).Code, Is.Zero);
        using var process = RunningProcess.Start(new("/bin/sh", ["-c", user.Replace("PLACE", place, StringComparison.Ordinal).Replace("FILE", place + "/file", StringComparison.Ordinal)],
            new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" }));
        Assert.That(Machine.Eventually(() => MountUsers.Find(place).Any(u => u.Pid == process.Pid)), Is.True);
        Thread.Sleep(100);       // time to set the trap

        Assert.That(Run("stop", resource), Is.EqualTo(AgentResult.Success));
        Assert.That(process.Wait(TimeSpan.FromSeconds(5)), Is.EqualTo(new ProcessEnd(ProcessEndKind.Signaled, signal)));
        Assert.That(_log.Lines, Has.Some.Contains($"{place} is in use by sh [{process.Pid}] ({why}): signal {signal}"));
        Assert.That(Run("monitor", resource).Code, Is.EqualTo(OcfCode.NotRunning));
    });

    [Test]
    public void In_use_is_neither_unmounted_nor_hidden_when_its_users_must_not_be_ended() => Machine.InMountNamespace(() =>
    {
        var place = _scratch.Path + "/place";
        Dictionary<string, string> parameters = new() { ["device"] = "tmpfs", ["directory"] = place, ["fstype"] = "tmpfs", ["force_unmount"] = "false" };
        Assert.That(Run("start", null, parameters).Code, Is.Zero);
        using var process = RunningProcess.Start(new("/bin/sleep", ["1000"], new Dictionary<string, string>()) { WorkingDirectory = place });
        var result = Run("stop", null, parameters);
        Assert.That(result, Is.EqualTo(new AgentResult(OcfCode.Generic, $"{place} cannot be unmounted: Device or resource busy; used by sleep [{process.Pid}]")));
        Assert.That(process.TryReap(), Is.Null);

        parameters["lazy_unmount"] = "yes";
        Assert.That(Run("stop", null, parameters).Code, Is.Zero);
        Assert.That(_log.Lines, Has.Some.Contains("only hidden"));
        process.SignalGroup(9);
        process.Wait(TimeSpan.FromSeconds(5));
    });

    [Test]
    public void With_others_mounted_below_is_unmounted_from_the_inside_out() => Machine.InMountNamespace(() =>
    {
        var place = _scratch.Path + "/place";
        string[] resource = ["tmpfs", place, "tmpfs"];
        Assert.That(Run("start", resource).Code, Is.Zero);
        foreach (var below in (string[])["/a", "/a/b"]) Assert.That(Run("start", ["tmpfs", place + below, "tmpfs"]).Code, Is.Zero);
        Assert.That(Run("stop", resource).Code, Is.Zero);
        Assert.That(MountTable.Read().Where(m => m.Target.StartsWith(place, StringComparison.Ordinal)), Is.Empty);
    });

    [Test]
    public void Is_not_mounted_over_others() => Machine.InMountNamespace(() =>
    {
        Assert.That(Run("start", ["tmpfs", _scratch.Path + "/place/below", "tmpfs"]).Code, Is.Zero);
        Assert.That(Run("start", ["tmpfs", _scratch.Path + "/place", "tmpfs"]),
            Is.EqualTo(new AgentResult(OcfCode.Configured, $"something is mounted below {_scratch.Path}/place already")));
    });

    [Test]
    public void May_be_another_view_of_a_directory_and_read_only_there() => Machine.InMountNamespace(() =>
    {
        Directory.CreateDirectory(_scratch.Path + "/original");
        File.WriteAllText(_scratch.Path + "/original/file", "x");
        string[] resource = [_scratch.Path + "/original", _scratch.Path + "/view", "none", "bind,ro"];
        Assert.That(Run("start", resource).Code, Is.Zero);
        Assert.That(File.ReadAllText(_scratch.Path + "/view/file"), Is.EqualTo("x"));
        Assert.That(() => File.WriteAllText(_scratch.Path + "/view/file", "y"), Throws.InstanceOf<IOException>());
        Assert.That(() => File.WriteAllText(_scratch.Path + "/original/file", "z"), Throws.Nothing);
        Assert.That(Run("stop", resource).Code, Is.Zero);
    });

    [TestCase("ext2"), TestCase("ext3"), TestCase("ext4")]
    public void On_a_disk_without_a_named_type_is_recognized(string type)
    {
        if (!File.Exists($"/sbin/mkfs.{type}")) Machine.Missing($"needs mkfs.{type} (e2fsprogs)");
        if (!File.Exists("/dev/loop-control")) Machine.Missing("needs loop devices");
        var image = _scratch.Path + "/image";
        Machine.Shell($"truncate -s 16M {image} && /sbin/mkfs.{type} -q -F {image}");
        Assert.That(FilesystemSource.Recognize(image), Is.EqualTo(type));
        var (code, text) = Machine.TryShell($"/sbin/losetup --find --show {image}");
        if (code != 0) Machine.Missing($"needs loop devices: {text}");
        var device = text.Trim();
        try
        {
            Machine.InMountNamespace(() =>
            {
                string[] resource = [device, _scratch.Path + "/place"];
                Assert.That(Run("start", resource), Is.EqualTo(AgentResult.Success));
                Assert.That(_log.Lines.Any(l => l.Contains("fsck", StringComparison.Ordinal)), Is.EqualTo(type == "ext2"), "only what has no journal is checked");
                Assert.That(MountTable.Read().Single(m => m.Target == _scratch.Path + "/place").Type, Is.EqualTo(type));
                Assert.That(Run("start", ["/dev/loop-control", _scratch.Path + "/place", type]).Code, Is.Zero, "not a block device: nothing to compare with");
                Assert.That(Run("stop", resource).Code, Is.Zero);
            });
        }
        finally
        {
            Machine.Shell($"/sbin/losetup -d {device}");
        }
    }

    [TestCase("/dev/no-such-disk", "/x", "ext4", OcfCode.Installed)]
    [TestCase("UUID=00000000-0000-0000-0000-000000000000", "/x", "ext4", OcfCode.Installed)]
    [TestCase("tmpfs", "relative", "tmpfs", OcfCode.Configured)]
    [TestCase("tmpfs", "/", "tmpfs", OcfCode.Configured)]
    [TestCase("tmpfs", "//", "tmpfs", OcfCode.Configured)]
    [TestCase("tmpfs", "/x/../y", "tmpfs", OcfCode.Configured)]
    public void That_cannot_be_is_refused(string device, string directory, string type, int code)
    {
        var result = Run(device == "tmpfs" ? "start" : "validate-all", [device, directory, type]);
        Assert.That(result.Code, Is.EqualTo(code), result.Reason);
    }

    [Test]
    public void Whose_program_fails_is_told_of_without_its_options()
    {
        var place = _scratch.Path + "/place";
        var result = Run("start", ["//127.0.0.1/share", place, "cifs", "username=web,password=geheim"]);
        Assert.That((result.Code, result.Reason), Is.EqualTo((OcfCode.Generic, $"mount of //127.0.0.1/share (cifs) at {place} ended with 32")));
        Assert.That(_log.Lines, Has.None.Contains("geheim"));
    }

    private AgentResult Run(string action, string[]? arguments, Dictionary<string, string>? parameters = null)
    {
        using var background = new InProcessBackground(_log.Write);
        AgentRequest request = new(action, arguments is null ? null : [.. arguments], (parameters ?? []).ToDictionary(p => "OCF_RESKEY_" + p.Key, p => p.Value),
            "fs", _scratch.Path, _log.Write, background, TimeSpan.FromSeconds(20));
        return AgentRunner.Run(AgentRegistry.Find("Filesystem")!, request, CancellationToken.None);
    }
}
