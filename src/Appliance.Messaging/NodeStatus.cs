namespace Appliance.Messaging;

/// <summary>A node as its peers see it; the words are the wire's (<c>st</c>) in lower case.</summary>
public enum NodeStatus { Init, Up, Active, Dead, Ping }

/// <summary>The wire's words for a node's status.</summary>
public static class NodeStatusWords
{
    public static string Word(this NodeStatus status) => status switch
    {
        NodeStatus.Init => "init",
        NodeStatus.Up => "up",
        NodeStatus.Active => "active",
        NodeStatus.Dead => "dead",
        _ => "ping",
    };
}
