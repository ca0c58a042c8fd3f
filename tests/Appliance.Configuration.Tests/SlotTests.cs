using Appliance.Configuration;
using Appliance.Core.Diagnostics;

namespace Appliance.Configuration.Tests;

public class Shared_disks
{
    private static FakeFacts Facts()
    {
        var facts = new FakeFacts();
        foreach (var disk in new[] { "a", "b", "c", "d" }) facts.Files[$"/dev/{disk}"] = new(FileKind.Other, 0x180, 0);
        return facts;
    }

    private static ReadResult<HaCf> Read(string lines) => Given.With("watchdog /dev/null\n" + lines, Facts());

    [TestCase("sbd_device /dev/a", "/dev/a")]
    [TestCase("sbd_device /dev/a,/dev/b", "/dev/a /dev/b")]
    [TestCase("sbd_device /dev/a /dev/b /dev/c", "/dev/a /dev/b /dev/c")]
    [TestCase("sbd_device /dev/a;/dev/b", "/dev/a /dev/b")]
    [TestCase("sbd_device /dev/a\nsbd_device /dev/b", "/dev/a /dev/b")]
    [TestCase("", "")]
    public void Are_read_in_every_way_in_which_sbd_and_ha_cf_write_lists(string lines, string devices)
    {
        var read = Read(lines);
        Assert.That(read.Diagnostics, Is.Empty);
        Assert.That((string.Join(' ', read.Value!.SbdDevices), read.Value.SbdStartMode), Is.EqualTo((devices, SbdStartMode.Always)));
    }

    [TestCase("sbd_device sda1", "sbd_device [sda1] is no full path")]
    [TestCase("sbd_device /dev/a /dev/a", "sbd_device [/dev/a] is named twice")]
    [TestCase("sbd_device /dev/a,/dev/b,/dev/c,/dev/d", "sbd_device [/dev/d] is one too many")]
    [TestCase("sbd_device /tmp", "sbd_device [/tmp] is no disk")]
    [TestCase("sbd_device /dev/zero", "sbd_device [/dev/zero] is no disk")]
    [TestCase("sbd_device /dev/a\nsbd_startmode sometimes", "sbd_startmode [sometimes] is not known")]
    public void That_cannot_be_are_errors_with_line_and_remedy(string lines, string message)
    {
        var read = Read(lines);
        Assert.That((read.Value, read.Errors()), Is.EqualTo(((HaCf?)null, new[] { message })));
        var problem = read.Diagnostics.Single(d => d.Severity == Severity.Error);
        Assert.That((problem.Line >= 7, problem.Column > 1, problem.Remedy.Length > 0), Is.EqualTo((true, true, true)), problem.ToString());
    }

    [Test]
    public void Need_a_watchdog()
    {
        var read = Given.With("sbd_device /dev/a", Facts());
        Assert.That(read.Errors().Single(), Does.StartWith("sbd_device needs a watchdog"));
    }

    [Test]
    public void That_are_not_there_yet_are_a_warning() => Assert.Multiple(() =>
    {
        Assert.That(Read("sbd_device /dev/later").Warnings(), Is.EqualTo(new[] { "sbd_device [/dev/later] does not exist now" }));
        Assert.That(Read("sbd_startmode clean").Warnings(), Is.EqualTo(new[] { "sbd_startmode means nothing without sbd_device" }));
        Assert.That(Read("sbd_device").Warnings(), Is.EqualTo(new[] { "sbd_device has no value: the line means nothing" }));
    });

    [Test]
    public void A_name_must_fit_into_a_slot()
    {
        var name = new string('n', 64);
        Assert.That(Given.HaCf(Given.Base + $"bcast eth0\nnode {name} beta\nwatchdog /dev/null\nsbd_device /dev/a\n", Facts(), nodeInfo: name + "\n").Errors().Single(), Does.Contain("does not fit into a slot"));
        Assert.That(Given.HaCf(Given.Base + $"bcast eth0\nnode {name[1..]} beta\nwatchdog /dev/null\nsbd_device /dev/a\n", Facts(), nodeInfo: name[1..] + "\n").Errors(), Is.Empty);
    }

    [Test]
    public void Are_printed_so_that_they_can_be_read_again()
    {
        var cf = Read("sbd_device /dev/a /dev/b\nsbd_startmode clean").Value!;
        var printed = HaCfPrinter.Print(cf);
        Assert.That(printed, Does.Contain("\nsbd_device /dev/a /dev/b\nsbd_startmode clean\n"));
        var again = Given.HaCf(printed, Facts()).Value!;
        Assert.That((string.Join(' ', again.SbdDevices), again.SbdStartMode), Is.EqualTo(("/dev/a /dev/b", SbdStartMode.Clean)));
    }
}
