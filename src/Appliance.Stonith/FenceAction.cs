namespace Appliance.Stonith;

/// <summary>What can be asked of a fencing device (fence-agents API, section 2 of its document).</summary>
public enum FenceAction
{
    /// <summary>Is the outlet, port or machine on?</summary>
    Status,
    /// <summary>Off, and proven: read back in a later exchange.</summary>
    Off,
    On,
    /// <summary>Off proven, then on tried; what became of the on half never turns success into failure.</summary>
    Reboot,
    /// <summary>Which outlets there are, by number and label.</summary>
    List,
    /// <summary>Could it fence now? Logs in, finds the outlet and reads it; switches nothing.</summary>
    Monitor,
    /// <summary>A diagnostic interrupt (NMI): the machine writes its dump.</summary>
    Diag,
}
