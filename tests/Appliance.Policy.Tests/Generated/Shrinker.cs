using System.Xml.Linq;

namespace Appliance.Policy.Tests.Generated;

/// <summary>Makes a document small while it keeps a property: elements are taken away one after the other, big ones first, until none can be missed.</summary>
internal static class Shrinker
{
    public static XElement Shrink(XElement document, Func<XElement, bool> keeps)
    {
        var small = new XElement(document);
        for (var smaller = true; smaller;)
        {
            smaller = false;
            for (var index = 1; index < small.DescendantsAndSelf().Count(); index++)
            {
                var without = new XElement(small);
                without.DescendantsAndSelf().ElementAt(index).Remove();
                if (!keeps(without)) continue;
                (small, smaller) = (without, true);
                index--;
            }
        }
        return small;
    }
}
