namespace Appliance.Cib;

/// <summary>One attribute of an element, as it stands in the document.</summary>
public readonly record struct CibAttribute(string Name, string Value);
