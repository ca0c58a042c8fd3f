namespace Appliance.Cib;

/// <summary>How a document is written.</summary>
[Flags]
public enum CibFormat
{
    /// <summary>Everything in one line, without its end.</summary>
    Compact = 0,

    /// <summary>A line for each tag, indented by two blanks a level.</summary>
    Pretty = 1,

    /// <summary>Character data too, which Pacemaker leaves out of documents it knows to have none.</summary>
    WithText = 2,

    /// <summary>
    /// Special characters as Pacemaker up to 2.1 writes them: a tab becomes four blanks, a line feed the two characters <c>\n</c>, quotes and apostrophes
    /// become entities. That loses what it replaces, so it serves only where the text itself is compared, as in digests.
    /// </summary>
    OldEscapes = 4,

    /// <summary>Without the attributes that say who wrote last, as digests of documents are made.</summary>
    Filtered = 8,

    /// <summary>Apostrophes as entities, as Pacemaker up to 2.1 prints them; nothing else is replaced as there, so that nothing is lost.</summary>
    Apostrophes = 16,
}
