using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices.Snmp;

namespace Appliance.Stonith.Devices.Outlets;

/// <summary>One order to a device with outlets or ports: finds its profile and the plugs, switches all of them, and reads each until it is as wanted.</summary>
/// <remarks>One request is under way at a time: many of these devices take no more.</remarks>
internal sealed class OutletConversation(DeviceOrder order, OutletProfiles profiles, OutletProfile? given, string thing) : Conversation
{
    private const int MostRows = 4096;
    private const string Remembered = "profile";
    private static readonly Oid SysObjectId = Oid.Parse("1.3.6.1.2.1.1.2.0");

    /// <summary>What a worker thread may be late by, with room to spare.</summary>
    private static readonly TimeSpan AtTheEnd = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ToldAgainAfter = TimeSpan.FromSeconds(5);
    private SnmpSession _session = null!;
    private OutletProfile _profile = null!;
    private DeviceVerdict? _trouble;
    private PowerState _state;
    private bool _locked;

    /// <summary>The profile is the one of last time; this time the device was not asked.</summary>
    private bool _guessed;

    /// <summary>An outlet that the order is about.</summary>
    private sealed class Plug(string said, OutletIndex index)
    {
        public string Said => said;
        public OutletIndex Index => index;
        public PowerState State { get; set; } = PowerState.On;
        public Instant Told { get; set; } = Instant.Never;
        public bool Acknowledged { get; set; }
        public bool IsLocked { get; set; }
    }

    public override IEnumerable<Step> Steps()
    {
        var delay = order.Parameters.Seconds("delay");
        if (delay > TimeSpan.Zero && order.Action is FenceAction.Off or FenceAction.Reboot) yield return new Pause(delay);
        _session = new(order.Parameters, order.Entropy, this);
        var plugs = new List<Plug>();
        foreach (var step in Prepare(plugs)) yield return step;
        if (_guessed && _trouble is { Kind: VerdictKind.NoSuchPlug or VerdictKind.Garbled })
        {
            // Perhaps another device stands at this address since: nothing was switched yet, so it is asked anew.
            order.Memory[Remembered] = null;
            plugs.Clear();
            foreach (var step in Prepare(plugs)) yield return step;
        }
        if (_trouble is not null)
        {
            Verdict = _trouble;
            yield break;
        }
        var steps = order.Action switch
        {
            FenceAction.List => List(),
            FenceAction.Monitor when plugs.Count == 0 => List(),
            FenceAction.Status or FenceAction.Monitor => Report(plugs),
            FenceAction.Off => SwitchAll(plugs, PowerState.Off),
            FenceAction.On => SwitchAll(plugs, PowerState.On),
            FenceAction.Reboot => Reboot(plugs),
            _ => Unsupported(),
        };
        foreach (var step in steps) yield return step;
    }

    /// <summary>The profile, the plugs and the state of each: only reads.</summary>
    private IEnumerable<Step> Prepare(List<Plug> plugs)
    {
        (_trouble, _guessed) = (null, false);
        Doing = "finding out what the device is";
        foreach (var step in Choose()) yield return step;
        if (_trouble is not null || order.Action == FenceAction.List) yield break;
        _trouble = WrongUnit();
        if (_trouble is null) foreach (var step in Find(plugs)) yield return step;
        if (_trouble is null && plugs.Count == 0 && order.Action != FenceAction.Monitor) _trouble = new(VerdictKind.Misconfigured, $"which {thing}? give plug, by number or name");
        if (_trouble is null) foreach (var step in Look(plugs)) yield return step;
    }

    /// <summary>A unit of a chain is named, and this kind of device has none: the outlet meant is another one than its number says.</summary>
    private DeviceVerdict? WrongUnit() => Unit is > 1 && !_profile.Status.Letters.Contains('u')
        ? new(VerdictKind.Misconfigured, $"switch is {Unit}, and a device of the profile {_profile.Name} does not count its {thing}s by unit: leave switch out, and number the {thing} over the whole device")
        : null;

    /// <summary>The unit of a chain that the administrator names.</summary>
    private uint? Unit => uint.TryParse(order.Parameters["switch"], out var unit) ? unit : null;

    private bool IsOfTheUnit(OutletIndex index) => Unit is not { } unit || !index.Numbers.TryGetValue('u', out var its) || its == unit;

    private IEnumerable<Step> Unsupported()
    {
        Verdict = new(VerdictKind.Unsupported, $"the device does not know {order.Action.ToString().ToLowerInvariant()}");
        yield break;
    }

    private IEnumerable<Step> Report(List<Plug> plugs)
    {
        var state = plugs.Exists(p => p.State == PowerState.On) ? PowerState.On : plugs.Exists(p => p.State == PowerState.Moving) ? PowerState.Moving : PowerState.Off;
        Verdict = DeviceVerdict.Is(state, string.Join("; ", plugs.Select(p => $"{thing} {p.Said} is {Word(p.State)}")));
        yield break;
    }

    private IEnumerable<Step> Reboot(List<Plug> plugs)
    {
        foreach (var step in SwitchAll(plugs, PowerState.Off)) yield return step;
        if (Verdict is not { IsProven: true } off) yield break;
        Verdict = null;
        for (var attempt = 0; attempt < Math.Max(1, order.Parameters.Integer("retry_on")) && Verdict is not { IsProven: true } && HasTime; attempt++)
        {
            Verdict = null;
            foreach (var step in InTime(SwitchAll(plugs, PowerState.On))) yield return step;
        }
        Verdict = Verdict is { IsProven: true }
            ? DeviceVerdict.Is(PowerState.On, $"{off.Sentence}; on again")
            : DeviceVerdict.Is(PowerState.Off, $"{off.Sentence}; switching on again failed: {Verdict?.Sentence ?? $"the time was up while {Doing}"}");
    }

    private bool HasTime => Deadline - Now > AtTheEnd;

    /// <summary>Steps that end shortly before the deadline, finished or not: what was proven before them is to be told in time.</summary>
    private IEnumerable<Step> InTime(IEnumerable<Step> steps)
    {
        foreach (var step in steps)
        {
            if (!HasTime) yield break;
            var left = Deadline - Now - AtTheEnd;
            if (step is Exchange whole)
            {
                var patience = ImmutableArray.CreateBuilder<TimeSpan>();
                foreach (var span in whole.Patience)
                {
                    if (left <= TimeSpan.Zero) break;
                    patience.Add(span < left ? span : left);
                    left -= span;
                }
                var shorter = new Exchange(whole.Request, whole.Accept, patience.ToImmutable()) { Again = whole.Again };
                yield return shorter;
                (whole.Answered, whole.HeardOthers, whole.Unreachable) = (shorter.Answered, shorter.HeardOthers, shorter.Unreachable);
            }
            else yield return step is Pause pause && pause.Length > left ? new Pause(left) : step;
        }
    }

    /// <summary>All of them, each verified; an unknown state of any stops before anything is switched.</summary>
    private IEnumerable<Step> SwitchAll(List<Plug> plugs, PowerState wanted)
    {
        _trouble = null;
        var order1 = wanted == PowerState.Off ? _profile.SwitchOff : _profile.SwitchOn;
        if (order1 is not { } write)
        {
            Verdict = new(VerdictKind.Unsupported, $"how this device ({_profile.Name}) is switched is not known");
            yield break;
        }
        if (wanted == PowerState.Off && plugs.Find(p => p.IsLocked && p.State == PowerState.On) is { } locked)
        {
            Verdict = new(VerdictKind.NotAllowed, $"{thing} {locked.Said} is locked or fixed on by the device's own settings, and nothing was switched: unlock it there") { State = PowerState.On };
            yield break;
        }
        var already = plugs.TrueForAll(p => p.State == wanted);
        Doing = $"switching {Names(plugs)} {Word(wanted)}";
        foreach (var plug in plugs.Where(p => p.State != wanted))
        {
            foreach (var step in Tell(plug, write)) yield return step;
            if (_trouble is not null) break;
        }
        var wait = order.Parameters.Seconds("power_wait");
        if (wait > TimeSpan.Zero && !already) yield return new Pause(wait);
        var time = order.Parameters.Seconds("power_timeout");
        var until = Now + (time > TimeSpan.Zero ? time : TimeSpan.FromSeconds(20));
        Doing = $"waiting for {Names(plugs)} to go {Word(wanted)}";
        var refused = _trouble;
        for (var looks = 0; !already; looks++)
        {
            foreach (var step in Look(plugs)) yield return step;
            if (_trouble is null && plugs.TrueForAll(p => p.State == wanted)) break;
            if (_trouble is { Kind: not (VerdictKind.TimedOut or VerdictKind.Unreachable) } || (refused is not null && _trouble is null) || Now >= until)
            {
                Verdict = _trouble is { Kind: VerdictKind.TimedOut or VerdictKind.Unreachable } lost
                    ? new(VerdictKind.TimedOut, $"{Names(plugs)} was told to go {Word(wanted)}, and whether it did cannot be read: {lost.Sentence}")
                    : _trouble ?? refused ?? new(VerdictKind.StillOn, $"{Names(plugs.Where(p => p.State != wanted))} was told to go {Word(wanted)} and is {Word(plugs.First(p => p.State != wanted).State)} after {time.TotalSeconds:0} s") { State = PowerState.On };
                yield break;
            }
            foreach (var plug in plugs.Where(p => p.State != wanted && p.State != PowerState.Moving && _trouble is null).ToList())
            {
                // Told again only after a look: at once if the order may have been lost, later if it was taken and nothing came of it.
                if (plug.Acknowledged && Now - plug.Told < ToldAgainAfter) continue;
                foreach (var step in Tell(plug, write)) yield return step;
                refused ??= _trouble;
            }
            yield return new Pause(StandardParameters.NextLook(looks + 1));
        }
        Verdict = DeviceVerdict.Is(wanted, already ? $"{Names(plugs)} was {Word(wanted)} already" : $"{Names(plugs)} was switched and then read as {Word(wanted)}") with { WasAlready = already };
    }

    private IEnumerable<Step> Tell(Plug plug, (OidTemplate Oid, long Value) write)
    {
        _trouble = null;
        var set = SnmpQuery.Set(write.Oid.Of(plug.Index), new SnmpValue.Integer(write.Value));
        foreach (var step in _session.Ask(set)) yield return step;
        (plug.Told, plug.Acknowledged) = (Now, set.IsGood);
        if (set.Outcome == SnmpOutcome.Refused) _trouble = new(VerdictKind.Refused, set.Sentence);
        else if (set.Outcome == SnmpOutcome.Answered && set.Error is not SnmpError.None and not SnmpError.ResourceUnavailable and not SnmpError.General)
            _trouble = new(VerdictKind.NotAllowed, $"{thing} {plug.Said} cannot be switched: {(set.Error == SnmpError.NoSuchName ? "no write access with this community" : set.Sentence)}");
    }

    /// <summary>Reads the state of each; an outlet that does not exist, or says something that the profile does not know, is trouble.</summary>
    private IEnumerable<Step> Look(List<Plug> plugs)
    {
        _trouble = null;
        foreach (var plug in plugs)
        {
            foreach (var step in Read(_profile, plug.Index, plug.Said)) yield return step;
            if (_trouble is not null) yield break;
            (plug.State, plug.IsLocked) = (_state, _locked);
        }
    }

    private IEnumerable<Step> Read(OutletProfile profile, OutletIndex index, string said)
    {
        var name = profile.Status.Of(index);
        var get = SnmpQuery.Get(name);
        foreach (var step in _session.Ask(get)) yield return step;
        _trouble = Failure(get);
        if (_trouble is not null) yield break;
        if (get[name] is not SnmpValue.Integer { Value: var value })
        {
            _trouble = get.Error is SnmpError.NoSuchName or SnmpError.None && (get[name] is null)
                ? new(VerdictKind.NoSuchPlug, $"the device has no {thing} {said}")
                : new(VerdictKind.Garbled, $"the state of {thing} {said} is {get[name]?.ToString() ?? get.Sentence}, and should be a number");
            yield break;
        }
        if (profile.StateOf(value) is not { } state)
        {
            _trouble = new(VerdictKind.Garbled, $"{thing} {said} is in state {value}, which is neither on ({string.Join(' ', profile.On)}) nor off ({string.Join(' ', profile.Off)}) by the profile {profile.Name}: locked, tripped, or another kind of device");
            yield break;
        }
        if (state == PowerState.Off && profile.Works is { } works)
        {
            // A port that is told to be down and still carries frames is not off.
            var second = works.Of(index);
            var look = SnmpQuery.Get(second);
            foreach (var step in _session.Ask(look)) yield return step;
            _trouble = Failure(look);
            if (_trouble is not null) yield break;
            if (look[second] is not SnmpValue.Integer { Value: var running })
            {
                _trouble = new(VerdictKind.Garbled, $"{thing} {said} is set to off, and whether it still works the device does not say ({second} is {look[second]?.ToString() ?? "missing"}): a profile_file without works trusts the setting alone");
                yield break;
            }
            if (!profile.WorksNot.Contains(running)) state = PowerState.Moving;
        }
        (_state, _locked) = (state, profile.Locked.Contains(value));
    }

    private static DeviceVerdict? Failure(SnmpQuery query) => query.Outcome switch
    {
        SnmpOutcome.Silent => new(VerdictKind.Unreachable, query.Sentence),
        SnmpOutcome.Unreachable => new(VerdictKind.Unreachable, query.Sentence),
        SnmpOutcome.Refused => new(VerdictKind.Refused, query.Sentence),
        SnmpOutcome.Garbled => new(VerdictKind.Garbled, query.Sentence),
        _ when query.Error is SnmpError.Authorization or SnmpError.NoAccess => new(VerdictKind.Refused, $"the device does not let us read: {query.Sentence}"),
        _ when query.Error is not SnmpError.None and not SnmpError.NoSuchName => new(VerdictKind.TimedOut, query.Sentence),
        _ => null,
    };

    /// <summary>By name, by what worked last, or by what the device says it is.</summary>
    private IEnumerable<Step> Choose()
    {
        var named = order.Parameters["profile"];
        if (given is not null)
        {
            _profile = given;
            yield break;
        }
        if (named.Length > 0)
        {
            _profile = profiles.Named(named)!;      // checked with the parameters
            yield break;
        }
        if (order.Memory[Remembered] is { } last && profiles.Named(last) is { } known)
        {
            (_profile, _guessed) = (known, true);
            yield break;
        }
        var get = SnmpQuery.Get(SysObjectId);
        foreach (var step in _session.Ask(get)) yield return step;
        _trouble = Failure(get);
        if (_trouble is not null) yield break;
        if (get[SysObjectId] is not SnmpValue.ObjectId { Value: var id })
        {
            _trouble = new(VerdictKind.Garbled, $"the device does not say what it is (sysObjectID); name its profile with profile=: {Choices()}");
            yield break;
        }
        if (profiles.For(id, order.Parameters["vendor"]) is not { } found)
        {
            _trouble = new(VerdictKind.Misconfigured, $"the device says that it is {id}, which no profile knows; name one with profile=: {Choices()}");
            yield break;
        }
        // Units that answer several tables answer the newest rightly: the first whose column has a row is taken.
        foreach (var candidate in new[] { found.Name }.Concat(found.Also).ToList().ConvertAll(profiles.Named))
        {
            if (candidate is null) continue;
            var walk = new SnmpQuery(PduKind.GetNext, VarBind.Of(candidate.Status.Column));
            foreach (var step in _session.Ask(walk)) yield return step;
            _trouble = Failure(walk);
            if (_trouble is not null) yield break;
            if (walk.IsGood && walk.Values is [{ } row] && candidate.Status.Read(row.Name) is not null && row.Value is SnmpValue.Integer)
            {
                (_profile, order.Memory[Remembered]) = (candidate, candidate.Name);
                yield break;
            }
        }
        _trouble = new(VerdictKind.Misconfigured, $"the device says that it is {id}, and has no {thing}s where such a device ({found.Name}) has them; name another profile with profile=: {Choices()}");
    }

    private string Choices() => string.Join(' ', profiles.All.Select(p => p.Name));

    /// <summary>The plugs of the order: numbers, or names that exactly one outlet has.</summary>
    private IEnumerable<Step> Find(List<Plug> plugs)
    {
        List<Plug>? named = null;
        foreach (var said in order.Plugs)
        {
            if (_profile.Plug.Read(said.Trim()) is { } whole)
            {
                if (!IsOfTheUnit(whole))
                {
                    _trouble = new(VerdictKind.Misconfigured, $"plug {said} is of unit {whole.Numbers['u']}, and switch is {Unit}: which one is it?");
                    yield break;
                }
                plugs.Add(new(said, whole));
                continue;
            }
            if (uint.TryParse(said, out _) && Short(said.Trim()) is { } index)
            {
                plugs.Add(new(said, index));
                continue;
            }
            if (named is null)
            {
                named = [];
                foreach (var step in Named(named)) yield return step;
                if (_trouble is not null) yield break;
            }
            var matches = named.FindAll(p => p.Said == said.Trim() && IsOfTheUnit(p.Index));
            // Two columns (name and alias) may say the same of one outlet.
            var different = matches.Select(m => m.Index).Distinct().Count();
            if (different == 1)
            {
                plugs.Add(new(said, matches[0].Index));
                continue;
            }
            _trouble = new(VerdictKind.NoSuchPlug, different == 0
                ? $"the device has no {thing} named \"{said}\"{(named.Count == 0 ? ": it tells no names, so use numbers" : $"; it has {string.Join(", ", named.Select(n => n.Said).Where(n => n.Length > 0).Distinct().Take(30))}")}"
                : $"{different} {thing}s are named \"{said}\": give one of them another name, or use its number");
            yield break;
        }
    }

    /// <summary>A lone number where the profile counts in several: the outlet, of the unit that is configured or usual.</summary>
    private OutletIndex? Short(string said)
    {
        var form = _profile.Status.Letters;
        var last = form[^1];
        if (PlugForm.Parse($"{{{last}}}")!.Read(said) is not { } only) return null;
        var numbers = ImmutableSortedDictionary.CreateBuilder<char, uint>();
        foreach (var letter in form) numbers[letter] = 1;
        numbers['u'] = Unit ?? _profile.Unit;
        if (form.Contains('m')) return null;
        numbers[last] = only.Numbers[last];
        if (!form.Contains('u')) numbers.Remove('u');
        return new(numbers.ToImmutable());
    }

    private IEnumerable<Step> Named(List<Plug> named)
    {
        Doing = $"reading the names of the {thing}s";
        foreach (var column in _profile.Names)
        {
            var rows = new List<VarBind>();
            foreach (var step in Walk(column.Column, rows)) yield return step;
            if (_trouble is not null) yield break;
            foreach (var row in rows)
                if (row.Value is SnmpValue.Octets text && column.Read(row.Name) is { } index) named.Add(new(text.Text, index));
        }
    }

    /// <summary>All outlets, with names where the device tells them, and their states.</summary>
    private IEnumerable<Step> List()
    {
        var (names, rows) = (new List<Plug>(), new List<VarBind>());
        foreach (var step in Named(names)) yield return step;
        if (_trouble is null) foreach (var step in Walk(_profile.Status.Column, rows)) yield return step;
        if (_trouble is not null)
        {
            Verdict = _trouble;
            yield break;
        }
        var outlets = ImmutableArray.CreateBuilder<Outlet>();
        foreach (var row in rows)
            if (_profile.Status.Read(row.Name) is { } index)
                outlets.Add(new(_profile.Plug.Write(index), names.Find(n => n.Index.Equals(index))?.Said ?? "", row.Value is SnmpValue.Integer value ? _profile.StateOf(value.Value) : null));
        Verdict = outlets.Count == 0
            ? new(VerdictKind.Garbled, $"the device has no {thing}s where the profile {_profile.Name} looks for them")
            : new(VerdictKind.Proven, $"{outlets.Count} {thing}s ({_profile.Name})") { Outlets = outlets.ToImmutable() };
    }

    /// <summary>All rows of a column; an agent that goes in circles is stopped.</summary>
    private IEnumerable<Step> Walk(Oid column, List<VarBind> rows)
    {
        var at = column;
        while (rows.Count < MostRows)
        {
            var query = new SnmpQuery(PduKind.GetBulk, VarBind.Of(at));
            foreach (var step in _session.Ask(query)) yield return step;
            _trouble = Failure(query);
            if (_trouble is not null || !query.IsGood || query.Values.IsEmpty) yield break;
            foreach (var row in query.Values)
            {
                var forward = row.Name.Parts.AsSpan().SequenceCompareTo(at.Parts.AsSpan()) > 0;
                if (!forward || !row.Name.StartsWith(column) || row.Value is SnmpValue.Missing) yield break;
                rows.Add(row);
                at = row.Name;
            }
        }
    }

    private string Names(IEnumerable<Plug> plugs) => $"{thing} {string.Join(", ", plugs.Select(p => p.Said))}";

    private static string Word(PowerState state) => state switch { PowerState.On => "on", PowerState.Off => "off", _ => "changing" };
}
