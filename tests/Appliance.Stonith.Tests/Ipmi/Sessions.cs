using System.Collections.Immutable;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Ipmi;

namespace Appliance.Stonith.Tests.Ipmi;

internal static class Sessions
{
    public static readonly IpmiDevice Device = new();

    public static DeviceParameters Parameters(params (string Name, string Value)[] more)
    {
        var given = new Dictionary<string, string> { ["ip"] = "bmc", ["username"] = "fence", ["password"] = "fencepw" };
        foreach (var (name, value) in more) given[name] = value;
        var parameters = DeviceParameters.Read(Device.Parameters, given);
        Assert.That(parameters.Problems.Concat(Device.Check(parameters)), Is.Empty);
        return parameters;
    }

    public static Conversation Order(FenceAction action, IEntropy entropy, DeviceMemory? memory = null, params (string Name, string Value)[] more) =>
        Device.Converse(new(action, ImmutableArray<string>.Empty, Parameters(more), memory ?? new(), entropy));

    public static OldSession Old() => new(new(Parameters(("lanplus", "0")), new(), new KnownEntropy()), Order(FenceAction.Status, new KnownEntropy()));
}
