using System.Buffers.Binary;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Tests.Scsi;

/// <summary>A disk with persistent reservations, written from SPC-4: registrations by initiator, one reservation, unit attentions; with faults to choose from.</summary>
internal sealed class VirtualDisk
{
    public const int Conflict = 0x18;
    public static readonly byte[] Reset = Sense(6, 0x29, 0x00), Preempted = Sense(6, 0x2A, 0x05), ComingUp = Sense(2, 0x04, 0x01), UnknownCommand = Sense(5, 0x20, 0x00);
    private uint _generation;

    public SortedDictionary<string, ulong> Registered { get; } = new(StringComparer.Ordinal);
    public (ulong Key, byte Type) Holder { get; set; }
    public Dictionary<string, Queue<byte[]>> Attentions { get; } = [];

    /// <summary>Preemptions are said to be done and are not.</summary>
    public bool Lies { get; set; }

    /// <summary>Looks at a command before it is carried out: a status to refuse it with, or <c>null</c>. May do anything else meanwhile.</summary>
    public Func<string, ScsiCommand, (int Status, byte[] Sense)?> Refuses { get; set; } = (_, _) => null;

    /// <summary>Commands that are carried out and whose answer never comes.</summary>
    public Func<ScsiCommand, bool> LosesAnswer { get; set; } = _ => false;

    /// <summary>Changes an answer's data on its way.</summary>
    public Func<byte[], byte[]> Damages { get; set; } = data => data;

    /// <summary>READ FULL STATUS is answered.</summary>
    public bool KnowsFullStatus { get; set; } = true;
    public List<string> Log { get; } = [];

    public static byte[] Sense(byte key, byte code, byte qualifier) => [0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, code, qualifier, 0, 0, 0, 0];

    public void Attend(string initiator, byte[] sense)
    {
        if (!Attentions.TryGetValue(initiator, out var waiting)) Attentions[initiator] = waiting = new();
        waiting.Enqueue(sense);
    }

    public void Do(string initiator, ScsiCommand command)
    {
        var cdb = command.Cdb;
        Log.Add($"{initiator} {cdb[0]:x2}/{cdb[1]:x}");
        if (Refuses(initiator, command) is { } refusal)
        {
            (command.Status, command.Sense) = refusal;
            return;
        }
        // SAM-5, 5.14: told once, and the command is not carried out.
        if (Attentions.TryGetValue(initiator, out var attentions) && attentions.TryDequeue(out var sense))
        {
            (command.Status, command.Sense) = (2, sense);
            return;
        }
        command.Status = 0;
        switch (cdb[0], cdb[1])
        {
            case (0x5E, 0): command.Data = Damages(KeyList()); break;
            case (0x5E, 1): command.Data = Damages(Reservation()); break;
            case (0x5E, 3) when KnowsFullStatus: command.Data = Damages(FullStatus()); break;
            case (0x5E, _): (command.Status, command.Sense) = (2, Sense(5, 0x24, 0)); break;
            case (0x5F, var action):
                var parameters = command.DataOut.Span;
                command.Status = Out(initiator, action, cdb[2], BinaryPrimitives.ReadUInt64BigEndian(parameters), BinaryPrimitives.ReadUInt64BigEndian(parameters[8..]));
                break;
        }
        if (!LosesAnswer(command)) return;
        (command.Status, command.Data, command.Failure) = (-1, default, "it does not answer within 20 s");
    }

    private byte[] KeyList()
    {
        var keys = new byte[8 + 8 * Registered.Count];
        BinaryPrimitives.WriteUInt32BigEndian(keys, _generation);
        BinaryPrimitives.WriteUInt32BigEndian(keys.AsSpan(4), (uint)(8 * Registered.Count));
        var at = 8;
        foreach (var key in Registered.Values)
        {
            BinaryPrimitives.WriteUInt64BigEndian(keys.AsSpan(at), key);
            at += 8;
        }
        return keys;
    }

    private byte[] Reservation()
    {
        var holder = new byte[Holder.Type == 0 ? 8 : 24];
        if (Holder.Type == 0) return holder;
        holder[7] = 16;
        BinaryPrimitives.WriteUInt64BigEndian(holder.AsSpan(8), Holder.Key);
        holder[21] = Holder.Type;
        return holder;
    }

    /// <summary>Each initiator has the iSCSI name <c>iqn.lab:NAME</c>.</summary>
    private byte[] FullStatus()
    {
        var all = new List<byte>(new byte[8]);
        foreach (var (initiator, key) in Registered)
        {
            var name = System.Text.Encoding.ASCII.GetBytes($"iqn.lab:{initiator}");
            var id = new byte[4 + (name.Length + 4) / 4 * 4];
            (id[0], id[3]) = (5, (byte)(id.Length - 4));
            name.CopyTo(id, 4);
            var one = new byte[24];
            BinaryPrimitives.WriteUInt64BigEndian(one, key);
            if (Holder.Type != 0 && Holder.Key == key) (one[12], one[13]) = (1, Holder.Type);
            (one[19], one[23]) = (1, (byte)id.Length);
            all.AddRange([.. one, .. id]);
        }
        var bytes = all.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), (uint)(bytes.Length - 8));
        return bytes;
    }

    private int Out(string initiator, byte action, byte type, ulong own, ulong service)
    {
        if (action != 6 && (!Registered.TryGetValue(initiator, out var registered) || registered != own)) return Conflict;
        switch (action)
        {
            case 6 when service == 0: Registered.Remove(initiator); break;
            case 6: Registered[initiator] = service; break;
            case 1:
                if (Holder.Type != 0 && (Holder.Key != own || Holder.Type != type)) return Conflict;
                Holder = (own, type);
                return 0;
            case 5:
                if (Lies) return 0;
                if (!Registered.ContainsValue(service)) return Conflict;
                foreach (var victim in Registered.Where(r => r.Value == service && r.Key != initiator).Select(r => r.Key).ToList())
                {
                    Registered.Remove(victim);
                    Attend(victim, Preempted);
                }
                if (Holder.Key == service) Holder = (own, type);
                break;
            default: return 2;
        }
        _generation++;
        return 0;
    }
}
