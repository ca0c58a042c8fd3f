using System.Collections.Immutable;
using System.Globalization;

namespace Appliance.Stonith.Fencer;

/// <summary>Reads the <c>pcmk_*</c> parameters of a fencing device as Pacemaker 2.1.5 does (reference, 3.1).</summary>
public static class DeviceRules
{
    private static readonly FenceAction[] Named = [FenceAction.Reboot, FenceAction.Off, FenceAction.On, FenceAction.List, FenceAction.Monitor, FenceAction.Status];

    /// <summary>The device, what remains for the agent, and what is wrong; a device with problems is not to be used.</summary>
    /// <remarks>
    /// Departure: a device without list and map whose agent can neither list nor tell a state is refused. Pacemaker takes it as able to fence any node, so that a
    /// misspelt agent is offered for all of them.
    /// </remarks>
    public static (FencingDevice Device, ImmutableSortedDictionary<string, string> ForAgent, ImmutableArray<string> Problems) Read(
        string id, string agent, DeviceAbilities abilities, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        var rest = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var rules = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in parameters)
        {
            if (name.StartsWith("pcmk_", StringComparison.Ordinal)) rules[name] = value;
            else if (name is not "provides" and not "stonith-timeout" and not "priority") rest[name] = value;
        }

        var hosts = Words(rules.GetValueOrDefault("pcmk_host_list") ?? "").ToImmutableSortedSet(StringComparer.Ordinal);
        var map = Map(rules.GetValueOrDefault("pcmk_host_map") ?? "", problems);
        var known = hosts.ToBuilder();
        foreach (var (host, _) in map) known.Add(host);
        var device = new FencingDevice(id, agent, abilities)
        {
            Hosts = known.ToImmutable(),
            Map = map,
            Check = Check(rules.GetValueOrDefault("pcmk_host_check"), hosts.Count + map.Count > 0, abilities, problems),
            Delay = Delay(rules, problems),
            ActionLimit = Limit(rules.GetValueOrDefault("pcmk_action_limit")),
            Instead = Instead(rules, problems),
            Timeouts = Per<TimeSpan>(rules, "_timeout", word => Span(word), problems, "a time"),
            Tries = Per<int>(rules, "_retries", word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? Math.Max(1, n) : null, problems, "a number"),
        };
        return (device, rest.ToImmutable(), problems.ToImmutable());
    }

    /// <summary><c>10</c>, <c>10s</c>, <c>500ms</c>, <c>2min</c>, <c>1h</c>; <c>null</c> for anything else.</summary>
    public static TimeSpan? Span(string text)
    {
        var digits = text.AsSpan().Trim();
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        var unit = end < 0 ? "" : digits[end..].Trim().ToString();
        if (!long.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 100_000_000) return null;
        return unit switch
        {
            "" or "s" or "sec" => TimeSpan.FromSeconds(number),
            "ms" or "msec" => TimeSpan.FromMilliseconds(number),
            "us" or "usec" => TimeSpan.FromMicroseconds(number),
            "m" or "min" => TimeSpan.FromMinutes(number),
            "h" or "hr" => TimeSpan.FromHours(number),
            _ => null,
        };
    }

    /// <summary>Names between blanks, commas and semicolons.</summary>
    private static string[] Words(string text) => text.Split([' ', ',', ';', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary><c>node:plug;node2:plug2,plug3</c>, separated by semicolons and blanks; a backslash takes the next character as it is.</summary>
    private static ImmutableSortedDictionary<string, ImmutableArray<string>> Map(string text, ImmutableArray<string>.Builder problems)
    {
        var map = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        foreach (var pair in Pairs(text))
        {
            var colon = pair.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || colon == pair.Length - 1) problems.Add($"pcmk_host_map: \"{pair}\" is not NODE:PLUG");
            else map[pair[..colon]] = [.. pair[(colon + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries)];
        }
        return map.ToImmutable();
    }

    private static IEnumerable<string> Pairs(string text)
    {
        var pair = new System.Text.StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length) pair.Append(text[++i]);
            else if (text[i] is not (';' or ' ' or '\t' or '\n')) pair.Append(text[i]);
            else if (pair.Length > 0)
            {
                yield return pair.ToString();
                pair.Clear();
            }
        }
        if (pair.Length > 0) yield return pair.ToString();
    }

    private static HostCheck Check(string? word, bool hasHosts, DeviceAbilities abilities, ImmutableArray<string>.Builder problems)
    {
        switch (word)
        {
            case "static-list": return HostCheck.StaticList;
            case "dynamic-list": return HostCheck.DynamicList;
            case "status": return HostCheck.Status;
            case "none": return HostCheck.None;
            case not null:
                problems.Add($"pcmk_host_check: \"{word}\" is none of static-list, dynamic-list, status, none");
                return HostCheck.StaticList;
        }
        if (hasHosts) return HostCheck.StaticList;
        if (abilities.List) return HostCheck.DynamicList;
        if (abilities.Status) return HostCheck.Status;
        problems.Add("which nodes it can fence is not known: give pcmk_host_list or pcmk_host_map");
        return HostCheck.StaticList;
    }

    private static DelayRule Delay(SortedDictionary<string, string> rules, ImmutableArray<string>.Builder problems)
    {
        var (all, each) = (TimeSpan.Zero, ImmutableSortedDictionary.CreateBuilder<string, TimeSpan>(StringComparer.Ordinal));
        foreach (var word in Words(rules.GetValueOrDefault("pcmk_delay_base") ?? ""))
        {
            var colon = word.IndexOf(':', StringComparison.Ordinal);
            if (Span(word[(colon + 1)..]) is not { } span) problems.Add($"pcmk_delay_base: \"{word}\" is no time (10s) and no NODE:TIME");
            else if (colon < 0) all = span;
            else each[word[..colon]] = span;
        }
        var max = rules.GetValueOrDefault("pcmk_delay_max") is { Length: > 0 } text ? Span(text) : TimeSpan.Zero;
        if (max is null) problems.Add("pcmk_delay_max is no time (10s)");
        return new(all, each.ToImmutable(), max ?? TimeSpan.Zero);
    }

    /// <summary>Anything that is no number, and 0, is 1; -1 is no limit.</summary>
    private static int Limit(string? word) => int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n < 0 ? 0 : Math.Max(1, n) : 1;

    /// <summary>An action may stand for another of its kind only: the success of a question proves no death, and a probe must switch nothing.</summary>
    private static ImmutableSortedDictionary<FenceAction, FenceAction> Instead(SortedDictionary<string, string> rules, ImmutableArray<string>.Builder problems)
    {
        var found = ImmutableSortedDictionary.CreateBuilder<FenceAction, FenceAction>();
        foreach (var action in Named)
        {
            var name = $"pcmk_{action.ToString().ToLowerInvariant()}_action";
            if (!rules.TryGetValue(name, out var word)) continue;
            var known = false;
            foreach (var other in Named)
            {
                if (KindOf(other) != KindOf(action) || !other.ToString().Equals(word, StringComparison.OrdinalIgnoreCase)) continue;
                (found[action], known) = (other, true);
            }
            if (!known) problems.Add($"{name}: \"{word}\" is no action that can stand for {action.ToString().ToLowerInvariant()}");
        }
        return found.ToImmutable();
    }

    /// <summary>What kills, what lets in, what asks.</summary>
    private static int KindOf(FenceAction action) => action switch { FenceAction.Off or FenceAction.Reboot => 0, FenceAction.On => 1, _ => 2 };

    private static ImmutableSortedDictionary<FenceAction, T> Per<T>(SortedDictionary<string, string> rules, string what, Func<string, T?> read, ImmutableArray<string>.Builder problems, string wanted) where T : struct
    {
        var found = ImmutableSortedDictionary.CreateBuilder<FenceAction, T>();
        foreach (var action in Named)
        {
            var name = $"pcmk_{action.ToString().ToLowerInvariant()}{what}";
            if (!rules.TryGetValue(name, out var word)) continue;
            if (read(word) is { } value) found[action] = value;
            else problems.Add($"{name}: \"{word}\" is not {wanted}");
        }
        return found.ToImmutable();
    }
}
