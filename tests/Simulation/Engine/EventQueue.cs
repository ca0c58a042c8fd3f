using Appliance.Core;

namespace Appliance.Simulation.Engine;

/// <summary>What is still to happen, in order of time; at the same instant, in the order it was planned.</summary>
internal sealed class EventQueue
{
    private readonly PriorityQueue<Action, Key> _events = new(256);
    private long _planned;

    public Instant Now { get; private set; }

    public int Count => _events.Count;

    public void At(Instant when, Action happen) => _events.Enqueue(happen, new(when < Now ? Now.Ticks : when.Ticks, _planned++));

    public void After(TimeSpan delay, Action happen) => At(Now + delay, happen);

    /// <summary>Takes the next event not later than <paramref name="until"/> and moves the clock to it.</summary>
    public bool TryTake(Instant until, out Action happen)
    {
        if (_events.TryPeek(out happen!, out var key) && key.Ticks <= until.Ticks)
        {
            _events.Dequeue();
            Now = new(key.Ticks);
            return true;
        }

        if (Now < until) Now = until;
        return false;
    }

    private readonly record struct Key(long Ticks, long Order) : IComparable<Key>
    {
        public int CompareTo(Key other) => Ticks != other.Ticks ? Ticks.CompareTo(other.Ticks) : Order.CompareTo(other.Order);
    }
}
