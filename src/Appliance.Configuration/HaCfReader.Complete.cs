using System.Collections.Immutable;
using Appliance.Core;

namespace Appliance.Configuration;

/// <summary>What can only be said when the whole file was read: defaults that depend on others, and rules between directives.</summary>
internal sealed partial class HaCfReader
{
    private string _localNode = "";

    private void Complete()
    {
        FillTimes();
        if (_file.Content is not null)
        {
            CheckTimes();
            CheckNodes();
            CheckMedia();
            CheckLogging();
            CheckDevices();
            CheckSlots();
            CheckQuorum();
        }
        if (_cf.AutoFailback == AutoFailback.Legacy && _file.Content is not null)
            _problems.Warn(0, 0, "Deprecated 'legacy' auto_failback option selected.", "Please convert to 'auto_failback on'. See documentation for conversion details.");
        if (_traditional is { } traditional && _cf.Compression is not null)
            Warn(traditional, "Traditional compression selected. Realtime behavior will likely be impacted(!)", "delete the line: single fields are compressed then");
        _cf = _cf with
        {
            LocalNode = _localNode, Media = [.. _media], Parameters = AllParameters(),
            ApiAuth = [.. _apiAuth, .. BuiltInClients.Where(b => !_apiAuth.Exists(a => a.Client == b.Client))],
        };
    }

    private void FillTimes()
    {
        var dead = _cf.DeadTime;
        if (_warnTime is null) _cf = _cf with { WarnTime = TimeSpan.FromMilliseconds((long)dead.TotalMilliseconds / 2) };
        if (_deadPing is null) _cf = _cf with { DeadPing = dead };
        if (_initDead is not null) return;
        var (six, ten) = (TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(10));
        _cf = _cf with { InitDead = dead < six ? TimeSpan.FromSeconds(12) : dead <= ten ? 2 * dead : dead };
    }

    private void CheckTimes()
    {
        if (_timesBad) return;      // the rules would only repeat what was said already
        var (keep, dead, warn, init, ping) = (Ms(_cf.KeepAlive), Ms(_cf.DeadTime), Ms(_cf.WarnTime), Ms(_cf.InitDead), Ms(_cf.DeadPing));
        if (dead <= 2 * keep) ErrorAt(_deadTime ?? _keepAlive, $"Dead time [{dead}] is too small compared to keeplive [{keep}]", $"deadtime above {Text(2 * keep)}ms; better four times keepalive and more");
        else if (ping <= 2 * keep) ErrorAt(_deadPing ?? _keepAlive, $"Ping dead time [{ping}] is too small compared to keeplive [{keep}]", $"deadping above {Text(2 * keep)}ms");
        if (init < dead) ErrorAt(_initDead, $"Initial dead time [{init}] is smaller than deadtime [{dead}]", $"initdead of at least {Text(dead)}ms, better twice that: the network of a booting machine is slow");
        else if (init < 10_000) WarnAt(_initDead, $"Initial dead time [{init} ms] may be too small!", "Initial dead time accounts for slow network startup time It should be >= deadtime and >= 10 seconds");
        if (warn >= dead) WarnAt(_warnTime, $"warntime [{warn} ms] is not below deadtime [{dead} ms]: no late heartbeat is ever reported", "half of deadtime");
        else if (warn <= keep) WarnAt(_warnTime ?? _keepAlive, $"warntime [{warn} ms] is not above keepalive [{keep} ms]: every heartbeat is reported as late", "twice keepalive and more");
    }

    private void CheckNodes()
    {
        if (_nodes.Count == 0) _problems.Error(0, 0, "no nodes defined", "node NAME NAME: the names that \"uname -n\" prints on the machines");
        else if (!_nodes.Contains(_localNode))
            _problems.Error(_nodePlaces[0].Line, 0, $"Current node [{_localNode}] not in configuration!",
                "By default, cluster nodes are named by `uname -n` and must be declared with a 'node' directive in the ha.cf file. " + (Nearest.Of(_localNode, _nodes) is { } near ? $"Is [{near}] meant to be this machine?" : "A file nodeinfo beside ha.cf can give another name."));
        for (var i = 0; i < _nodes.Count; i++)
            if (_media.Exists(m => m is MediumSpec.Ping or MediumSpec.PingGroup && m.Link == _nodes[i]))
                Warn(_nodePlaces[i], $"[{_nodes[i]}] is a node and a ping node", "give them different names: what is heard from the one would count for the other");
    }

    private void CheckMedia()
    {
        if (_media.Count == 0) _problems.Error(0, 0, "No heartbeat media defined", "at least one of serial, bcast, mcast, ucast; better two that cannot fail together");
        else if (_nodes.Count > 1 && _media.TrueForAll(m => m is MediumSpec.Ping or MediumSpec.PingGroup))
            _problems.Warn(0, 0, "there are only ping nodes and no medium that reaches another node", "add serial, bcast, mcast or ucast: without, every node thinks it is alone");
    }

    private void CheckLogging()
    {
        var files = _cf.LogFile is not null || _cf.DebugFile is not null;
        var facility = _parameters.ContainsKey("logfacility");
        if (!files && !facility && _useLogd is null) _problems.Info(0, 0, "No log entry found in ha.cf -- use logd", "logfile, or logfacility");
        if (!files && !facility && _useLogd is false) _problems.Error(0, 0, "No log entry found in ha.cf and use_logd is set to off", "logfile, debugfile or logfacility");
        if (_useLogd is true && (files || _cf.LogFacility is not null))
            _problems.Warn(0, 0, $"logd is enabled but {(files ? "logfile/debugfile" : "")}{(_cf.LogFacility is not null ? "/logfacility" : "")} is still configured in ha.cf", "logging is done by the daemon itself to what ha.cf names; delete use_logd");
        _cf = _cf with { UseLogd = _useLogd ?? (!files && !facility) };
    }

    /// <summary>Defaults, then what was computed, then what was written.</summary>
    private ImmutableSortedDictionary<string, string> AllParameters()
    {
        var all = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var directive in Directives.All)
            if (directive.Default is not null) all[directive.Name] = directive.Default;
        all["deadping"] = $"{Text(Ms(_cf.DeadPing))}ms";
        all["initdead"] = $"{Text(Ms(_cf.InitDead))}ms";
        all["warntime"] = $"{Text(Ms(_cf.WarnTime))}ms";
        all["udpport"] = Text(_facts.UdpPort("ha-cluster") ?? DefaultPort);
        all["debug"] = "0";
        foreach (var (name, value) in _parameters) all[name] = value;
        return all.ToImmutable();
    }

    private static long Ms(TimeSpan time) => (long)time.TotalMilliseconds;

    private void ErrorAt(Place? at, string message, string remedy) => _problems.Error(at?.Line ?? 0, at?.Column ?? 0, message, remedy);

    private void WarnAt(Place? at, string message, string remedy) => _problems.Warn(at?.Line ?? 0, at?.Column ?? 0, message, remedy);
}
