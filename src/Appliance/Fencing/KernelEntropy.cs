using Appliance.Linux;
using Appliance.Stonith.Devices;

namespace Appliance.Fencing;

internal sealed class KernelEntropy : IEntropy
{
    public void Fill(Span<byte> bytes) => KernelRandom.Fill(bytes);
}
