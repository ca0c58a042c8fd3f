using Appliance.Lab.Harness;

namespace Appliance.Lab.Agents;

/// <summary>crm_resource of Pacemaker 2.1.5 and ours, called with the same words on the same agents: standard output, standard error and exit status are the same, byte for byte.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class CrmResourceTests
{
    private const string Theirs = "/usr/sbin/crm_resource";
    private string _root = "";

    [OneTimeSetUp]
    public void Lay()
    {
        if (Environment.UserName != "root") Assert.Ignore("mount namespaces need root");
        if (!File.Exists(Theirs)) Assert.Ignore("crm_resource is missing (Debian package pacemaker-cli-utils)");
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        _root = Directory.CreateTempSubdirectory("crm-lab-").FullName;
        Directory.CreateDirectory(_root + "/bin");
        File.CreateSymbolicLink(_root + "/bin/crm_resource", Implementation.Ours.Tools.Trim());
        foreach (var provider in (string[])["t", ".hidden", "empty"]) Directory.CreateDirectory($"{_root}/ocf/{provider}");
        // Every built-in agent is there as a file too, for all providers it stands for, so that both see the same names.
        foreach (var name in Shell.Run($"{Implementation.Ours.Tools} agents list ocf:appliance").Split('\n').Select(l => l.Split(' ')[0].Split(':')[^1]))
            foreach (var provider in (string[])["appliance", "heartbeat", "pacemaker"]) Script($"ocf/{provider}/{name}", "[ $1 != meta-data ] || echo \"<x/>\"");
        Script("ocf/t/silent", "exit 0");
        Script("ocf/t/fail", "echo \"<x/>\"; exit 1");
        Script("ocf/t/ok", "echo \"<x/>\"; echo err >&2; printf nonl");
        Script("ocf/t/rc", "[ \"$1\" != meta-data ] || exit 1; exit $OCF_RESKEY_rc");
        Script("ocf/t/reasons", "echo out; echo ocf-exit-reason:one >&2; echo more >&2; echo ocf-exit-reason:two >&2; [ $1 = meta-data ] || exit 5");
        Script("ocf/t/killed", "kill -9 $$");
        Script("ocf/t/brackets", "[ $1 = meta-data ] && echo ']]>&<' && exit; echo a");
        Script("ocf/t/env", "echo $1; env | grep OCF_ | sort | grep -v 'OCF_TRACE_FILE\\|OCF_OUTPUT'");
        File.WriteAllText(_root + "/ocf/t/noexec", "");
        Script("init.d/plain", "echo hi");
        Script("init.d/amp", "### BEGIN INIT INFO\n# Provides: a&b <c>\n# Short-Description: it's \"short\"\n# Description: first & line\n#  second line\n#\tthird line\n#   fourth\n# Required-Start: lost\n# X-Interactive: true\n### END INIT INFO\n# Required-Stop: late");
        Script("init.d/one", "### BEGIN INIT INFO\n# Provides:          one\n# Description:       only one\n### END INIT INFO");
        Script("init.d/odd", "# comment\n# Provides: before\n### BEGIN INIT INFO\n# provides: lower\n#Provides: nospace\n# Provides: one\n# Provides: two\n# Should-Start: s1\n#\n# Description: long\n#\n#  para\n# Default-Start: 3\nfoo\n# Default-Stop: 4");
        Script("init.d/wide", "### BEGIN INIT INFO\n# Provides: \u00e4\u20ac x\ty\r\n# Description: \n# Default-Start:3\n#\n# Default-Stop: 9\n### END INIT INFO");
        Script("init.d/.hidden", "exit");
        Script("init.d/notexec", "### BEGIN INIT INFO\n# Provides: quiet\n### END INIT INFO");
        Shell.Run($"chmod 644 {_root}/init.d/notexec; mkdir {_root}/init.d/directory; ln -s /nonexistent {_root}/init.d/broken; ln -s amp {_root}/init.d/alias");
    }

    [OneTimeTearDown]
    public void Remove()
    {
        if (_root.Length > 0) Directory.Delete(_root, recursive: true);
    }

    public static IEnumerable<string> Lines => """
        --list-standards
        --list-ocf-providers
        --list-ocf-providers Dummy
        --list-ocf-alternatives Dummy
        --list-ocf-alternatives=Dummy
        --list-ocf-alternatives noexec
        --list-ocf-alternatives nosuch
        --list-ocf-alternatives
        --list-agents ocf
        --list-agents OCF
        --list-agents ocf:t
        --list-agents ocf:empty
        --list-agents ocf:nosuch
        --list-agents ocf:
        --list-agents ocf:t:x
        --list-agents ''
        --list-agents lsb
        --list-agents lsb:x
        --list-agents LSB
        --list-agents service
        --list-agents nosuch
        --list-agents heartbeat
        --list-agents
        --show-metadata ocf:t:ok
        --show-metadata OCF:t:ok
        --show-metadata ocf:t:silent
        --show-metadata ocf:t:fail
        --show-metadata ocf:t:rc
        --show-metadata ocf:t:reasons
        --show-metadata ocf:t:killed
        --show-metadata ocf:t:brackets
        --show-metadata ocf:t:env
        --show-metadata ocf:t:noexec
        --show-metadata ocf:t:nosuch
        --show-metadata ocf:t
        --show-metadata ocf
        --show-metadata ''
        --show-metadata lsb:plain
        --show-metadata lsb:amp
        --show-metadata lsb:one
        --show-metadata lsb:odd
        --show-metadata lsb:wide
        --show-metadata lsb:notexec
        --show-metadata lsb:broken
        --show-metadata lsb:nosuch
        --show-metadata service:amp
        --show-metadata stonith:nosuch
        --show-metadata heartbeat:IPaddr
        --show-metadata nosuch:x
        --show-metadata
        --validate --class ocf --provider t --agent ok
        --validate --class ocf --provider t --agent rc --option rc=0
        --validate --class ocf --provider t --agent rc --option rc=1
        --validate --class ocf --provider t --agent rc --option rc=2
        --validate --class ocf --provider t --agent rc --option rc=3
        --validate --class ocf --provider t --agent rc --option rc=4
        --validate --class ocf --provider t --agent rc --option rc=6
        --validate --class ocf --provider t --agent rc --option rc=7
        --validate --class ocf --provider t --agent rc --option rc=8
        --validate --class ocf --provider t --agent rc --option rc=9
        --validate --class ocf --provider t --agent rc --option rc=10
        --validate --class ocf --provider t --agent rc --option rc=190
        --validate --class ocf --provider t --agent rc --option rc=191
        --validate --class ocf --provider t --agent rc --option rc=255
        --validate --class ocf --provider t --agent reasons
        --validate --class ocf --provider t --agent killed
        --validate --class ocf --provider t --agent brackets
        --validate --class ocf --provider t --agent env --option a=1 --option 'b=x y'
        --validate=10 --class ocf --provider t --agent env --option a=1 a=2 z=3
        --validate --class ocf --provider t --agent noexec
        --validate --class ocf --provider t --agent nosuch
        --validate --class ocf --agent ok
        --validate --class lsb --agent plain
        --validate --class lsb --agent nosuch
        --validate --class lsb --provider p --agent plain
        --validate --class nosuch --agent x
        --validate --class ocf --provider t
        --validate --agent ok
        --validate
        --validate=x --class ocf --provider t --agent ok
        --validate -r x
        --validate --class ocf --provider t --agent ok -r x
        --force-start --class ocf --provider t --agent env
        --force-stop --class ocf --provider t --agent env
        --force-check --class ocf --provider t --agent env
        --force-check=5 --class ocf --provider t --agent rc --option rc=7
        --force-promote --class ocf --provider t --agent env
        --force-demote --class ocf --provider t --agent env
        --force-start -r x
        --force-check
        --force-start --class ocf --provider t --agent env -T 7s
        --class ocf
        --class ocf --provider t --agent ok
        --option a
        --list-standards --option a=
        --list-standards --option 'a=x y'
        --list-standards --option "a=it's x"
        --list-standards a b
        --list-standards --list-ocf-providers
        --show-metadata ocf:t:nosuch --list-standards
        --list-standards --show-metadata ocf:t:nosuch
        --nosuch
        -1
        --list-standards --text-fancy
        --list-ocf-providers --text-fancy
        --list-agents ocf:t --text-fancy
        --list-agents lsb --text-fancy
        --output-as=json --list-standards
        --output-as=html --list-standards
        --list-standards --output-to=/nonexistent/x
        --list-standards --output-to=-
        --cleanup
        --list
        -r x --locate
        """.Split('\n');

    [TestCaseSource(nameof(Lines))]
    public void Says_the_same_in_text(string line) => Compare(line);

    [TestCaseSource(nameof(Lines))]
    public void Says_the_same_in_XML(string line) => Compare(line + " --output-as=xml");

    [Test]
    public void Describes_a_built_in_agent_to_both_in_the_same_words()
    {
        File.Delete(_root + "/ocf/appliance/Stateful");
        File.CreateSymbolicLink(_root + "/ocf/appliance/Stateful", Implementation.Ours.Tools.Trim());
        Compare("--show-metadata ocf:appliance:Stateful");
        Compare("--validate --class ocf --provider appliance --agent Stateful");
    }

    private void Compare(string line)
    {
        var (theirs, ours) = (Call(Theirs, line), Call(_root + "/bin/crm_resource", line));
        Assert.That(ours, Is.EqualTo(theirs));
    }

    /// <summary>Called by its bare name, in a mount namespace in which the agents are the lab's.</summary>
    private string Call(string program, string line)
    {
        var (status, output) = Shell.Try($"""
            unshare -m sh -c 'mount --bind {_root}/ocf /usr/lib/ocf/resource.d && mount --bind {_root}/init.d /etc/init.d && exec sh -s' <<'EOF'
            PATH={Path.GetDirectoryName(program)}:/usr/bin:/bin LC_ALL=C; export PATH LC_ALL
            unset OCF_ROOT
            exec 3>&1
            crm_resource {line} 2>&1 >&3 </dev/null | sed 's/^/stderr: /'
            crm_resource {line} >/dev/null 2>&1 </dev/null; echo "status $?"
            EOF
            """);
        return $"{status} {output}";
    }

    private void Script(string path, string body)
    {
        Directory.CreateDirectory(Path.GetDirectoryName($"{_root}/{path}")!);
        File.WriteAllText($"{_root}/{path}", $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode($"{_root}/{path}", (UnixFileMode)0b111_101_101);
    }
}
