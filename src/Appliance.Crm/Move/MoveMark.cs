namespace Appliance.Crm.Move;

/// <summary>Who manages resources on a node.</summary>
public enum Engine
{
    /// <summary><c>crm no</c>: the v1 resource manager, with haresources.</summary>
    Haresources,

    /// <summary><c>crm yes</c>: the CRM, with the CIB.</summary>
    Crm,
}

/// <summary>Engines in words.</summary>
public static class EngineWords
{
    public static string Word(this Engine engine) => engine == Engine.Crm ? "crm" : "haresources";

    /// <summary>For people.</summary>
    public static string Name(this Engine engine) => engine == Engine.Crm ? "the CRM (crm yes)" : "haresources (crm no)";

    public static Engine? Read(string? word) => word switch { "crm" => Engine.Crm, "haresources" => Engine.Haresources, _ => null };
}

/// <summary>A move from one engine to the other that is under way here: said in heartbeats, and kept in a file that outlives the daemon, but not the machine's boot.</summary>
/// <param name="Id">Of this move, and of no other.</param>
/// <param name="Target">Who manages when it is over.</param>
/// <param name="Leader">The node on which it was asked for.</param>
/// <param name="IsFresh">To the CRM, with a CIB made of haresources; one that is on the disk from before is put aside.</param>
public sealed record MoveMark(string Id, Engine Target, string Leader, bool IsFresh = false)
{
    /// <summary>As in the file and in heartbeats.</summary>
    public override string ToString() => $"{Id} {Target.Word()} {Leader}{(IsFresh ? " fresh" : "")}";

    /// <returns>Null: it is none.</returns>
    public static MoveMark? Read(string? text) =>
        text?.Trim().Split(' ') is [{ Length: > 0 } id, var target, { Length: > 0 } leader, .. var rest] && EngineWords.Read(target) is { } engine ? new(id, engine, leader, rest is ["fresh"]) : null;
}
