namespace Appliance.Policy.Model;

/// <summary>How node health turns into scores (<c>node-health-*</c>).</summary>
public sealed record NodeHealth(string Strategy, int Base, int Green, int Yellow, int Red);
