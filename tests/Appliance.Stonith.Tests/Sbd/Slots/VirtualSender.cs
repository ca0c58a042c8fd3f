using Appliance.Core;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Stonith.Tests.Sbd.Slots;

/// <summary>Another node's order, in the same virtual time: our own conversation.</summary>
internal sealed class VirtualSender(VirtualWorld world, params DiskPath[] paths)
{
    private static readonly SbdDevice Device = new();

    public void Send(FenceAction action, string victim, Action<DeviceVerdict> ended)
    {
        var parameters = DeviceParameters.Read(Device.Parameters, new Dictionary<string, string> { ["devices"] = string.Join(',', paths.Select((_, i) => $"/disk{i}")), ["sender"] = "beta" });
        var conversation = Device.Converse(new(action, [victim], parameters, new(), new KnownEntropy()));
        conversation.Deadline = world.Now + TimeSpan.FromMinutes(5);
        world.Tell($"beta orders {action} of {victim}");
        Next(conversation, conversation.Steps().GetEnumerator(), ended);
    }

    private void Next(Conversation conversation, IEnumerator<Step> steps, Action<DeviceVerdict> ended)
    {
        conversation.Now = world.Now;
        if (!steps.MoveNext())
        {
            world.Tell($"beta: {conversation.Verdict!.Kind}: {conversation.Verdict.Sentence}");
            ended(conversation.Verdict!);
            return;
        }
        switch (steps.Current)
        {
            case Pause pause:
                world.At(world.Now + pause.Length, () => Next(conversation, steps, ended));
                break;
            case SectorAccess access:
                // As the real runner: an access that takes too long is left alone, and may land all the same.
                var over = false;
                var path = paths[int.Parse(access.Device[^1..], System.Globalization.CultureInfo.InvariantCulture)];
                var own = new SectorAccess(access.Device, access.Offset, access.Length, access.Write, access.Timeout);
                path.Access(own, () => true, () =>
                {
                    if (over) return;
                    over = true;
                    (access.Data, access.Failure) = (own.Data, own.Failure);
                    Next(conversation, steps, ended);
                });
                world.At(world.Now + access.Timeout, () =>
                {
                    if (over) return;
                    over = true;
                    access.Failure = "it does not answer within 3 s";
                    Next(conversation, steps, ended);
                });
                break;
            default: throw new InvalidOperationException(steps.Current.GetType().Name);
        }
    }
}
