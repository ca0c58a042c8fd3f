using Appliance.Linux;

namespace Appliance.Lrm.Tests.Agents;

/// <summary>Flags of linux/mount.h; what is no flag goes to the file system.</summary>
public class A_mount_option
{
    [TestCase("", 0UL, null, false)]
    [TestCase("defaults", 0UL, null, false)]
    [TestCase("ro", 1UL, null, false)]
    [TestCase("ro,rw", 0UL, null, false)]
    [TestCase("nosuid,nodev,noexec", 14UL, null, false)]
    [TestCase("noatime,data=ordered,commit=5", 1024UL, "data=ordered,commit=5", false)]
    [TestCase("bind,ro", 4097UL, null, false)]
    [TestCase("rbind", 20480UL, null, false)]
    [TestCase("_netdev,nofail,x-systemd.automount,comment=hello,acl", 0UL, "acl", false)]
    [TestCase("loop,ro", 1UL, null, true)]
    [TestCase("context=\"system_u:object_r:tmp_t:s0:c1,c2\",ro", 1UL, "context=\"system_u:object_r:tmp_t:s0:c1,c2\"", false)]
    [TestCase(",,ro,", 1UL, null, false)]
    public void Is_a_flag_or_text_for_the_file_system(string text, ulong flags, string? data, bool helper) =>
        Assert.That(MountOptions.Parse(text), Is.EqualTo(new MountOptions(flags, data, helper)));

    [FsCheck.NUnit.Property]
    public void Of_any_form_never_throws(string? text) => MountOptions.Parse(text ?? "");

    [Test]
    public void In_the_kernels_table_has_its_blanks_back()
    {
        var line = "36 35 98:0 /mnt1 /a\\040b\\134c rw,noatime master:1 shared:2 - ext3 /dev/root\\011x rw,errors=continue\nbroken line\n";
        Assert.That(MountTable.Parse(line), Is.EqualTo((MountedFileSystem[])[new(36, "98:0", "/mnt1", "/a b\\c", "ext3", "/dev/root\tx")]));
    }

    [FsCheck.NUnit.Property]
    public void And_any_other_table_is_read_without_harm(string? text) => MountTable.Parse(text ?? "");
}
