using System.Text;
using Appliance.Core;
using Appliance.Messaging.Sequencing;

namespace Appliance.Messaging.Membership;

/// <summary>What we know of one node: ourselves, a peer, or a ping node.</summary>
internal sealed class Node(string name, bool isPing, bool isSelf, TimeSpan deadTime, int links)
{
    public string Name { get; } = name;
    public byte[] WireName { get; } = Encoding.Latin1.GetBytes(name);
    public bool IsPing { get; } = isPing;
    public bool IsSelf { get; } = isSelf;

    /// <summary>16 bytes; empty until learnt.</summary>
    public byte[] Uuid { get; set; } = [];
    public NodeStatus Status { get; set; } = NodeStatus.Init;

    /// <summary>It has said something since its last death (or ever).</summary>
    public bool Heard { get; set; }

    /// <summary>The dead time it announced, or ours for it.</summary>
    public TimeSpan DeadTime { get; set; } = deadTime;
    public Instant LastStatus { get; set; }
    public bool Warned { get; set; }
    public long StatusSequence { get; set; }
    public long StatusTimestamp { get; set; }
    public long Generation { get; set; }
    public SequenceTracker Sequence { get; } = new();

    /// <summary>Messages that keep their sender's order and wait for one before them, by number.</summary>
    public List<(long Sequence, Message Message)> Held { get; } = [];

    /// <summary>Last digit of the sequence numbers we acknowledge.</summary>
    public int AckTrigger { get; set; }
    public long LastAckSent { get; set; }

    /// <summary>Highest number of ours it acknowledged in this life.</summary>
    public long Acked { get; set; }

    /// <summary>Before the first status of a new generation.</summary>
    public const int ExtensionsUnknown = -1;
    public int Extensions { get; set; }
    /// <summary>Its resources are the CRM's.</summary>
    public bool IsCrm { get; set; }

    /// <summary>The move from one engine to the other that is under way there, as it says it; empty: none.</summary>
    public byte[] Move { get; set; } = [];
    public bool ControlAway { get; set; }
    public int KeyIndex { get; set; } = -1;
    public int Weight { get; set; } = 100;
    public string Site { get; set; } = "";
    public byte[] Load { get; } = new byte[64];
    public int LoadLength { get; set; }
    public long LateBeats { get; set; }
    public NodeLink[] Links { get; } = Fresh(links);

    private static NodeLink[] Fresh(int links)
    {
        var fresh = new NodeLink[links];
        for (var i = 0; i < links; i++) fresh[i] = new();
        return fresh;
    }

    /// <summary>A status heard in one of these is a living daemon.</summary>
    public bool Alive => Status is NodeStatus.Up or NodeStatus.Active or NodeStatus.Ping || Status == NodeStatus.Init && Heard;

    public Instant DeadAt => LastStatus + DeadTime;
}

/// <summary>One node heard (or not) over one of our devices.</summary>
internal sealed class NodeLink
{
    public bool Up { get; set; }
    public bool EverHeard { get; set; }
    public Instant LastPacket { get; set; }

    /// <summary>Highest number of the node's present life heard here: an older one proves nothing.</summary>
    public long HighestSequence { get; set; }
    public long Packets { get; set; }
    public long Duplicates { get; set; }
    public IntervalHistogram Intervals { get; } = new();
}
