namespace Appliance.Cib;

/// <summary>What a document may be at most; whatever exceeds it is refused where it does so, before anything is built from the rest.</summary>
/// <param name="Characters">
/// Length of the text. A tree takes about five bytes for each character beside the text itself, so that this much stays well inside a process's heap: 128 MB where the daemon has no CRM;
/// 1000 resources on 8 nodes with full history are 5 million characters. A tool that runs by itself may allow more.
/// </param>
/// <param name="Depth">Levels of elements: libxml2's own limit, so that a peer can read whatever is accepted here. A CIB needs a dozen.</param>
/// <param name="Elements">Elements and comments together; each costs about 200 bytes of memory.</param>
/// <param name="Attributes">Attributes of one element; operations carry all of an agent's parameters in one.</param>
public sealed record ReadLimits(int Characters = 16 << 20, int Depth = 256, int Elements = 1_000_000, int Attributes = 2048)
{
    public static readonly ReadLimits Default = new();
}
