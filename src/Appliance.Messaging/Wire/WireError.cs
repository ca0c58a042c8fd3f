namespace Appliance.Messaging.Wire;

/// <summary>Why bytes from outside are not a message. Counted per medium, never thrown.</summary>
public enum WireError
{
    None,
    /// <summary>Neither <c>###</c> nor <c>&gt;&gt;&gt;</c> at the start.</summary>
    NoStart,
    /// <summary>The closing <c>%%%</c> or <c>&lt;&lt;&lt;</c> is missing or not at the end.</summary>
    NoEnd,
    /// <summary>A length that is no number, or reaches past the end.</summary>
    BadLength,
    /// <summary>A field without <c>(T)</c>, without a name, or without <c>=</c>.</summary>
    BadField,
    /// <summary>A value that its type does not allow (base64, nesting).</summary>
    BadValue,
    /// <summary>More fields or bytes than a message may have.</summary>
    TooLarge,
    /// <summary>No signature where one must be.</summary>
    NoSignature,
    /// <summary>The signature is not the one the key gives.</summary>
    BadSignature,
    /// <summary>A compressed message that does not expand, or by an algorithm we do not have.</summary>
    BadCompression,
}
