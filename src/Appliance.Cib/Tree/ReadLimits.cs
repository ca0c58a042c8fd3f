namespace Appliance.Cib;

/// <summary>What a document may be at most; whatever exceeds it is refused where it does so, before anything is built from the rest.</summary>
/// <param name="Characters">Length of the text. 2000 resources on 32 nodes with full history are 33 million characters.</param>
/// <param name="Depth">Levels of elements: libxml2's own limit, so that a peer can read whatever is accepted here. A CIB needs a dozen.</param>
/// <param name="Elements">Elements and comments together; each costs about 150 bytes of memory.</param>
/// <param name="Attributes">Attributes of one element; operations carry all of an agent's parameters in one.</param>
public sealed record ReadLimits(int Characters = 64 << 20, int Depth = 256, int Elements = 1_000_000, int Attributes = 2048)
{
    public static readonly ReadLimits Default = new();
}
