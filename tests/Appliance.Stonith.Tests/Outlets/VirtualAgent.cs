using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Stonith.Devices.Outlets;
using Appliance.Stonith.Devices.Snmp;

namespace Appliance.Stonith.Tests.Outlets;

/// <summary>An SNMP agent of version 2c in virtual time that has the outlets of one profile; with faults to choose from.</summary>
internal sealed class VirtualAgent(OutletProfile profile, Func<Instant> now, int outlets = 4)
{
    private readonly SortedDictionary<uint, Outlet> _outlets = new(Enumerable.Range(1, outlets).ToDictionary(i => (uint)i, i => new Outlet { Label = $"machine{i}" }));

    private bool _dead;

    public sealed class Outlet
    {
        public string Label { get; set; } = "";
        public bool IsOn { get; set; } = true;
        public Instant ChangesAt { get; set; } = Instant.Never;
        public bool Wanted { get; set; }
        public long? Strange { get; set; }
    }

    public Outlet this[uint number] => _outlets[number];

    /// <summary>From the order to the change; meanwhile the state is between, where the profile has such a value.</summary>
    public TimeSpan Slow { get; init; }
    public bool ReadOnly { get; set; }
    public bool Stuck { get; set; }
    public bool Silent { get; set; }

    /// <summary>Answers nothing any more from the look on that says off.</summary>
    public bool DeadAfterOff { get; init; }

    /// <summary>What the second column of a port that is set down says instead of "down".</summary>
    public SnmpValue? StillWorks { get; init; }

    /// <summary>The answers to this many orders are lost.</summary>
    public int LoseAnswers { get; set; }
    public Oid System { get; init; } = profile.SysObjectId?.Append(1) ?? Oid.Parse("1.3.6.1.4.1.99999");
    public int Orders { get; private set; }

    /// <summary>The objects an agent has, in their order.</summary>
    private SortedDictionary<Oid, SnmpValue> Tree()
    {
        var tree = new SortedDictionary<Oid, SnmpValue>(Comparer<Oid>.Create((a, b) => a.Parts.AsSpan().SequenceCompareTo(b.Parts.AsSpan())))
        {
            [Oid.Parse("1.3.6.1.2.1.1.2.0")] = new SnmpValue.ObjectId(System),
        };
        foreach (var (number, outlet) in _outlets)
        {
            if (now() >= outlet.ChangesAt) (outlet.IsOn, outlet.ChangesAt) = (outlet.Wanted, Instant.Never);
            var index = IndexOf(number);
            var moving = outlet.ChangesAt != Instant.Never && !profile.Moving.IsEmpty;
            tree[profile.Status.Of(index)] = new SnmpValue.Integer(outlet.Strange ?? (moving ? profile.Moving[0] : outlet.IsOn ? profile.On[0] : profile.Off[0]));
            if (profile.Works is { } works) tree[works.Of(index)] = StillWorks is { } still && !outlet.IsOn ? still : new SnmpValue.Integer(outlet.IsOn ? 1 : profile.WorksNot[0]);
            foreach (var name in profile.Names) tree[name.Of(index)] = new SnmpValue.Octets([.. global::System.Text.Encoding.UTF8.GetBytes(outlet.Label)]);
        }
        return tree;
    }

    public OutletIndex IndexOf(uint number)
    {
        var numbers = ImmutableSortedDictionary.CreateBuilder<char, uint>();
        foreach (var letter in profile.Status.Letters) numbers[letter] = letter switch { 'u' => profile.Unit, 'm' => 22, 'f' => 1, _ => number };
        return new(numbers.ToImmutable());
    }

    public IEnumerable<(TimeSpan, byte[])> Hear(ReadOnlyMemory<byte> packet)
    {
        if (_dead || Silent || SnmpMessage.Read(1, packet) is not { } asked) yield break;
        var answer = Answer(asked);
        _dead = DeadAfterOff && asked.Kind == PduKind.Get && _outlets.Values.Any(o => !o.IsOn);
        if (asked.Kind == PduKind.Set && LoseAnswers-- > 0) yield break;
        yield return (TimeSpan.FromMilliseconds(3), SnmpMessage.Write(1, "private"u8, answer));
    }

    private SnmpPdu Answer(SnmpPdu asked)
    {
        var tree = Tree();
        var binds = ImmutableArray.CreateBuilder<VarBind>();
        foreach (var bind in asked.Binds)
        {
            switch (asked.Kind)
            {
                case PduKind.Get:
                    binds.Add(new(bind.Name, tree.GetValueOrDefault(bind.Name) ?? new SnmpValue.Missing(1)));
                    break;
                case PduKind.GetNext or PduKind.GetBulk:
                    var following = tree.Where(t => t.Key.Parts.AsSpan().SequenceCompareTo(bind.Name.Parts.AsSpan()) > 0).Take(asked.Kind == PduKind.GetNext ? 1 : asked.Index).ToList();
                    foreach (var (name, value) in following) binds.Add(new(name, value));
                    if (following.Count == 0) binds.Add(new(bind.Name, new SnmpValue.Missing(2)));
                    break;
                default:
                    if (ReadOnly) return asked with { Kind = PduKind.Response, Status = (int)SnmpError.NoAccess, Index = 1 };
                    if (!Set(bind)) return asked with { Kind = PduKind.Response, Status = (int)SnmpError.WrongValue, Index = 1 };
                    binds.Add(bind);
                    break;
            }
        }
        return new(PduKind.Response, asked.RequestId, 0, 0, binds.ToImmutable());
    }

    private bool Set(VarBind bind)
    {
        foreach (var (number, outlet) in _outlets)
        {
            foreach (var (order, wanted) in new[] { (profile.SwitchOn, true), (profile.SwitchOff, false) })
            {
                if (order is not { } write || !write.Oid.Of(IndexOf(number)).Equals(bind.Name) || bind.Value is not SnmpValue.Integer value || value.Value != write.Value) continue;
                Orders++;
                if (Stuck) return true;
                if (Slow > TimeSpan.Zero) (outlet.Wanted, outlet.ChangesAt) = (wanted, now() + Slow);
                else outlet.IsOn = wanted;
                return true;
            }
        }
        return false;
    }
}
