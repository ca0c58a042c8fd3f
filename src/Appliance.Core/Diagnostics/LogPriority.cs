namespace Appliance.Core.Diagnostics;

/// <summary>Priorities as Linux-HA heartbeat prints them: <c>debug info notice WARN ERROR CRIT EMERG</c>.</summary>
public enum LogPriority { Debug, Info, Notice, Warn, Error, Crit, Emerg }
