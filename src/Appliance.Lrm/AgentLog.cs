using Appliance.Core.Diagnostics;

namespace Appliance.Lrm;

/// <summary>Takes one log line of the resource manager's hands. May be called from any thread.</summary>
/// <param name="source">Who speaks: <c>ResourceManager</c>, <c>harc</c>, or the resource as written in haresources.</param>
/// <param name="text">One line, bounded, without line end.</param>
public delegate void AgentLog(LogPriority priority, string source, string text);
