using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Messaging;

namespace Appliance.Haresources.Ipfail;

/// <summary>The job of heartbeat's client program ipfail, inside: the node that reaches fewer ping nodes gives its resources up.</summary>
/// <remarks>Speaks ipfail's messages, so the other side may be the program itself (reference, section 14). On when ha.cf respawns it.</remarks>
internal sealed class IpfailCore(HaCf cf, ImmutableArray<string> pings)
{
    private readonly SortedSet<string> _reached = new(StringComparer.Ordinal);
    private int _told = -1;
    private string _planned = "";
    private Instant _giveUpAt = Instant.Never;

    /// <summary>A respawn line whose program is ipfail: that client is this core, and is not started.</summary>
    public static bool Is(ClientChild client) => client.Command.EndsWith("/ipfail", StringComparison.Ordinal);

    public Instant NextDeadline => _giveUpAt;

    public void PingStatus(string node, NodeStatus status)
    {
        if (!pings.Contains(node)) return;
        if (status == NodeStatus.Ping) _reached.Add(node);
        else _reached.Remove(node);
    }

    /// <summary>Tells every active peer how many ping nodes we reach, when that changed.</summary>
    public void Changed(Instant now, IEnumerable<string> peers, Action<Message> send)
    {
        if (_told == _reached.Count) return;
        _told = _reached.Count;
        foreach (var peer in peers) send(Count(peer));
    }

    /// <summary>A link to a living peer died: tells it our count, so that both compare.</summary>
    public void Ask(string peer, Action<Message> send) => send(Count(peer));

    /// <summary>The peer's message, and what we answer.</summary>
    public IEnumerable<Message> Received(string peer, Message message, bool canFailBack, Instant now)
    {
        switch (message.Type)
        {
            case "num_ping_nodes" when int.TryParse(message["num_ping"], out var theirs):
                if (_reached.Count > theirs) return [Of("you_are_dead", ("dest", peer))];
                if (_reached.Count < theirs)
                {
                    Plan("all", now);
                    return [];
                }
                if (_planned.Length == 0 && canFailBack) Plan("foreign", now);
                return [Of("abort_giveup", ("src", cf.LocalNode), ("dest", peer))];
            case "you_are_dead":
                Plan("all", now);
                return [];
            case "abort_giveup" when _planned == "all":
                (_planned, _giveUpAt) = ("", Instant.Never);
                return [];
            default:
                return [];
        }
    }

    /// <summary>The give-up, two heartbeats after it was planned: another message may have changed the picture.</summary>
    public IEnumerable<Message> Tick(Instant now, bool canFailBack)
    {
        if (now < _giveUpAt) return [];
        var what = _planned;
        (_planned, _giveUpAt) = ("", Instant.Never);
        if (what.Length == 0 || what == "foreign" && !canFailBack) return [];
        return [Of("ask_resources", ("rsc_hold", what), ("src", cf.LocalNode), ("info", "me"))];
    }

    private void Plan(string what, Instant now)
    {
        if (_planned == what) return;
        (_planned, _giveUpAt) = (what, now + 2 * cf.KeepAlive);
    }

    private Message Count(string peer) => Of("num_ping_nodes", ("src", cf.LocalNode), ("num_ping", $"{_reached.Count}"), ("dest", peer));

    private static Message Of(string type, params ReadOnlySpan<(string, string?)> fields) =>
        Message.Of(type, [.. fields, ("from_id", "ipfail"), ("to_id", "ipfail"), ("client_gen", "0")]);
}
