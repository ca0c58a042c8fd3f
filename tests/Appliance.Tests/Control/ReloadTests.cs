using Appliance.Core.Diagnostics;

namespace Appliance.Control.Tests;

public class A_reload
{
    private static readonly Diagnostic Error = new(Severity.Error, "/etc/ha.d/ha.cf", 3, 1, "Illegal directive [keepalife]", "keepalive");

    private string? _haCf = "keepalive 1", _keys = "auth 1";
    private Diagnostic[] _haCfProblems = [], _keyProblems = [];
    private Deeds _deeds = null!;
    private Reload _reload = null!;

    [SetUp]
    public void Make()
    {
        (_haCf, _keys, _haCfProblems, _keyProblems) = ("keepalive 1", "auth 1", [], []);
        _deeds = new Deeds();
        _reload = new Reload("keepalive 1", () => _haCf ?? throw new FileNotFoundException("gone"), _ => _haCfProblems, () => (_keys, _keyProblems), _deeds.Log);
        _reload.NoteKeys();
    }

    [TearDown]
    public void Close() => _deeds.Dispose();

    [Test]
    public void Of_nothing_changed_says_so_in_the_words_of_3_0_6()
    {
        Assert.That(_reload.Decide(), Is.EqualTo(ReloadOutcome.Unchanged));
        Assert.That(_deeds.Logged().Single(), Is.EqualTo("info: Configuration unchanged."));
    }

    [Test]
    public void Of_a_good_new_ha_cf_restarts_in_place()
    {
        _haCf = "keepalive 2";
        Assert.That(_reload.Decide(), Is.EqualTo(ReloadOutcome.Restart));
    }

    [Test]
    public void Of_a_wrong_ha_cf_logs_every_problem_and_changes_nothing()
    {
        (_haCf, _haCfProblems) = ("keepalife 2", [Error, Error with { Line = 4 }]);
        Assert.That(_reload.Decide(), Is.EqualTo(ReloadOutcome.Refused));
        Assert.That(_deeds.Logged().Take(2), Is.EqualTo(new[]
        {
            "ERROR: /etc/ha.d/ha.cf:3:1: error: Illegal directive [keepalife] (keepalive)", "ERROR: /etc/ha.d/ha.cf:4:1: error: Illegal directive [keepalife] (keepalive)",
        }));
    }

    [Test]
    public void Of_an_ha_cf_that_is_gone_changes_nothing()
    {
        _haCf = null;
        Assert.That(_reload.Decide(), Is.EqualTo(ReloadOutcome.Refused));
    }

    [Test]
    public void Of_a_changed_ha_cf_does_not_look_at_authkeys()
    {
        (_haCf, _keys) = ("keepalive 2", "auth 2");
        Assert.That(_reload.Decide(), Is.EqualTo(ReloadOutcome.Restart));
        _haCf = "keepalive 1";
        Assert.That(_reload.Decide(), Is.EqualTo(ReloadOutcome.ReloadKeys), "the keys' change was not swallowed");
    }

    [Test]
    public void Of_new_keys_has_pulse_read_them_once()
    {
        _keys = "auth 2";
        Assert.That(_reload.Decide(), Is.EqualTo(ReloadOutcome.ReloadKeys));
        Assert.That(_reload.Decide(), Is.EqualTo(ReloadOutcome.Unchanged));
    }

    [Test]
    public void Of_wrong_keys_keeps_the_old_ones_and_takes_them_when_they_are_mended()
    {
        (_keys, _keyProblems) = ("auth 9", [Error]);
        Assert.That(_reload.Decide(), Is.EqualTo(ReloadOutcome.Refused));
        _keyProblems = [];
        Assert.That(_reload.Decide(), Is.EqualTo(ReloadOutcome.ReloadKeys));
    }

    [Test]
    public void Never_logs_a_key()
    {
        _keys = "auth 1\n1 sha1 Geheim";
        _reload.Decide();
        Assert.That(string.Join('\n', _deeds.Logged()), Does.Not.Contain("Geheim"));
    }
}
