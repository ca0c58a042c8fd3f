using System.Collections.Immutable;
using Appliance.Fencing;
using Appliance.Linux;
using Appliance.Stonith;
using Appliance.Stonith.Devices;

namespace Appliance.Commands.FenceAgents;

/// <summary>One order to one device, here and now, without a cluster.</summary>
internal static class DeviceCall
{
    /// <summary>What is wrong before anything is sent; empty when nothing is.</summary>
    public static ImmutableArray<string> Problems(DeviceType type, DeviceParameters parameters) =>
        parameters.Problems.IsEmpty ? [.. type.Check(parameters)] : parameters.Problems;

    /// <summary>The verdict; an interrupt from the terminal ends the conversation in good order (a session is closed).</summary>
    public static DeviceVerdict Run(DeviceType type, FenceAction action, DeviceParameters parameters, TimeSpan longest)
    {
        using var cancel = new CancellationTokenSource();
        void Interrupted(object? sender, ConsoleCancelEventArgs e)
        {
            e.Cancel = true;
            cancel.Cancel();
        }
        Console.CancelKeyPress += Interrupted;
        try
        {
            var deadline = Clock.Now() + longest;
            if (OutsideParameters.Complete(type, parameters, deadline, cancel.Token, out parameters) is { } missing) return missing;
            var conversation = type.Converse(new(action, parameters.Plugs(), parameters, new DeviceMemory(), new KernelEntropy()));
            conversation.Deadline = deadline;
            return new ConversationRunner(Console.Error.WriteLine, cancel.Token).Run(conversation);
        }
        finally
        {
            Console.CancelKeyPress -= Interrupted;
        }
    }
}
