using Appliance.Core;
using Appliance.Simulation.Machines;
using Appliance.Stonith;
using Appliance.Stonith.Conversations;

namespace Appliance.Simulation.Power;

/// <summary>A real conversation with a simulated device, step by step in virtual time. It ends with its process, and stands still while that is frozen.</summary>
internal sealed class DeviceDialogue
{
    private readonly World _world;
    private readonly Machine _machine;
    private readonly ControlProcess _control;
    private readonly Conversation _conversation;
    private readonly PowerDevice _device;
    private readonly Action<DeviceVerdict> _ended;
    private readonly IEnumerator<Step> _steps;
    private Exchange? _exchange;
    private int _try, _wait;
    private bool _over;

    public DeviceDialogue(World world, Machine machine, ControlProcess control, PowerDevice device, Conversation conversation, Action<DeviceVerdict> ended)
    {
        (_world, _machine, _control, _device, _conversation, _ended) = (world, machine, control, device, conversation, ended);
        _conversation.Now = machine.Clock;
        _steps = conversation.Steps().GetEnumerator();
    }

    public void Begin() => Next();

    /// <summary>Nobody waits for it any more.</summary>
    public void Cancel()
    {
        if (!_over) CutOff("it was cancelled");
    }

    private void Next()
    {
        while (!_over)
        {
            _conversation.Now = _machine.Clock;
            if (_conversation.Now >= _conversation.Deadline)
            {
                CutOff("the time was up");
                return;
            }
            if (!_steps.MoveNext())
            {
                if (!_conversation.Farewell.IsEmpty) Send(_conversation.Farewell);
                End(_conversation.Verdict!);
                return;
            }
            switch (_steps.Current)
            {
                case Exchange exchange:
                    (_exchange, _try) = (exchange, 0);
                    Ask();
                    return;
                case Tell tell:
                    Send(tell.Message);
                    break;
                case Pause pause:
                    Wait(pause.Length, Next);
                    return;
                default:
                    throw new InvariantViolation($"the simulator does no {_steps.Current.GetType().Name}");
            }
        }
    }

    private void Ask()
    {
        if (_exchange is not { } exchange) return;
        if (_try >= exchange.Patience.Length || _machine.Clock >= _conversation.Deadline)
        {
            _exchange = null;
            Next();
            return;
        }
        Wait(exchange.Patience[_try], Ask);
        Send(_try++ > 0 && exchange.Again is { } again ? again() : exchange.Request);
    }

    private void Send(ReadOnlyMemory<byte> datagram)
    {
        foreach (var (after, answer) in _device.Hear(_machine, datagram))
            _world.After(after, () => _control.Let(() => Heard(answer)));
    }

    private void Heard(byte[] datagram)
    {
        if (_over || _exchange is not { } exchange) return;
        if (!exchange.Accept(datagram))
        {
            exchange.HeardOthers = true;
            return;
        }
        exchange.Answered = true;
        _exchange = null;
        Next();
    }

    /// <summary>Up to the deadline at most. A later wait makes an earlier one void.</summary>
    private void Wait(TimeSpan length, Action then)
    {
        var (wait, left) = (++_wait, _conversation.Deadline - _machine.Clock);
        _world.After(length < left ? length : left, () => _control.Let(() =>
        {
            if (!_over && wait == _wait) then();
        }));
    }

    private void CutOff(string why)
    {
        if (!_conversation.Farewell.IsEmpty) Send(_conversation.Farewell);
        End(new(VerdictKind.TimedOut, _conversation.Doing.Length > 0 ? $"{why} while {_conversation.Doing}" : why));
    }

    private void End(DeviceVerdict verdict)
    {
        _over = true;
        _wait++;
        _steps.Dispose();
        _ended(verdict);
    }
}
