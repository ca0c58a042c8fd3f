using System.Text;
using Appliance.Core;
using Appliance.Core.Diagnostics;

namespace Appliance.Cib;

/// <summary>One element of a CIB document (or a comment), with its attributes in document order and its place in the text it was read from.</summary>
/// <remarks>
/// Mutable, and owned by one thread. An element has one parent at most: what is to stand elsewhere too is a <see cref="Clone"/>. Character data is kept apart from the
/// children (<see cref="Text"/>): no CIB means anything by it, and Pacemaker drops it on reading; agents' metadata have some. What a copy has in common with what it was made from
/// is known by a <see cref="CibMemo"/> that both have while neither changes: differences, digests and texts of large documents cost what changed in them.
/// </remarks>
public sealed class CibElement
{
    /// <summary>libxml2's name for a comment, which paths in patches use.</summary>
    public const string CommentName = "comment";

    private static readonly List<CibElement> None = [];

    private CibAttribute[] _attributes = [];
    private int _attributeCount;
    private bool _sharesAttributes;         // a copy has the same array: it is copied before it is changed
    private CibMemo? _memo;                 // null: it was never copied, or has changed since; then those above have none either
    private string? _text;
    private List<CibElement> _nodes = None;
    private List<CibElement>? _children;   // without comments; null while it is not known, or the same as _nodes
    private int _comments;

    public CibElement(string name, int line = 0, int column = 0) => (Name, Line, Column) = (name, line, column);

    /// <summary>A comment; <paramref name="text"/> is what stands between the dashes.</summary>
    public static CibElement Comment(string text, int line = 0, int column = 0) => new(CommentName, line, column) { IsComment = true, _text = text };

    public string Name { get; private set; }
    public bool IsComment { get; private init; }

    /// <summary>1-based line of the "&lt;" in the file it was read from; 0 for what was made in memory.</summary>
    public int Line { get; }

    /// <summary>1-based column of the "&lt;", in characters.</summary>
    public int Column { get; }

    public CibElement? Parent { get; private set; }

    /// <summary>A comment's text, or all character data directly inside an element in one piece; null for none but white space.</summary>
    public string? Text
    {
        get => _text;
        set
        {
            _text = value;
            Touch();
        }
    }

    /// <summary>The attribute <c>id</c>.</summary>
    public string? Id => this["id"];

    /// <summary>All attributes in document order; valid until the next change.</summary>
    public ReadOnlySpan<CibAttribute> Attributes => _attributes.AsSpan(0, _attributeCount);

    /// <summary>Child elements in document order, without comments.</summary>
    public IReadOnlyList<CibElement> Children => _comments == 0 ? _nodes : _children ??= _nodes.FindAll(n => !n.IsComment);

    /// <summary>Child elements and comments in document order.</summary>
    public IReadOnlyList<CibElement> Nodes => _nodes;

    public CibElement Root
    {
        get
        {
            var top = this;
            while (top.Parent is { } parent) top = parent;
            return top;
        }
    }

    /// <summary>The attribute's value; null when there is none of that name.</summary>
    public string? this[string attribute]
    {
        get
        {
            var at = IndexOf(attribute);
            return at < 0 ? null : _attributes[at].Value;
        }
    }

    /// <summary>The first child element of that name.</summary>
    public CibElement? Element(string name)
    {
        foreach (var node in _nodes)
            if (!node.IsComment && node.Name == name) return node;
        return null;
    }

    /// <summary>The child elements of that name, in document order.</summary>
    public IEnumerable<CibElement> Elements(string name)
    {
        foreach (var node in _nodes)
            if (!node.IsComment && node.Name == name) yield return node;
    }

    /// <summary>Every element below this one, in document order (a parent before its children), without comments.</summary>
    public IEnumerable<CibElement> Descendants()
    {
        // Goes by position: a stack of lists instead of an iterator a level.
        var open = new Stack<CibElement>();
        for (var i = _nodes.Count - 1; i >= 0; i--) open.Push(_nodes[i]);
        while (open.TryPop(out var next))
        {
            if (next.IsComment) continue;
            yield return next;
            for (var i = next._nodes.Count - 1; i >= 0; i--) open.Push(next._nodes[i]);
        }
    }

    /// <summary>Every element of that name below this one, in document order.</summary>
    public IEnumerable<CibElement> Descendants(string name) => Descendants().Where(e => e.Name == name);

    /// <summary>Appends what <see cref="Descendants(string)"/> gives.</summary>
    internal void Gather(string name, List<CibElement> into)
    {
        foreach (var node in _nodes)
        {
            if (node.IsComment) continue;
            if (node.Name == name) into.Add(node);
            if (node._nodes.Count > 0) node.Gather(name, into);
        }
    }

    /// <summary>How many elements this one is inside of; 0 for a root.</summary>
    public int Depth
    {
        get
        {
            var depth = 0;
            for (var at = Parent; at is not null; at = at.Parent) depth++;
            return depth;
        }
    }

    /// <summary>How many levels there are below this element; 0 for one without children.</summary>
    public int Height
    {
        get
        {
            var height = 0;
            foreach (var node in _nodes) height = Math.Max(height, node.Height + 1);
            return height;
        }
    }

    /// <summary>Position among the parent's nodes (comments count); 0 for a root.</summary>
    public int Position => Parent?._nodes.IndexOf(this) ?? 0;

    /// <summary>What is remembered of this element and all below it, as they are now.</summary>
    internal CibMemo? Memo => _memo;

    /// <summary>Both are copies of one element, and nothing in either has changed since: they say the same to the letter. False says nothing.</summary>
    internal bool IsUnchangedFrom(CibElement other) => _memo is not null && ReferenceEquals(_memo, other._memo);

    /// <summary>Gives an attribute a value, in its place if it is there, else as the last; null takes it away.</summary>
    /// <returns>This element.</returns>
    public CibElement Set(string attribute, string? value)
    {
        var at = IndexOf(attribute);
        if (at < 0 && value is null) return this;
        OwnAttributes();
        if (value is null)
        {
            Array.Copy(_attributes, at + 1, _attributes, at, --_attributeCount - at);
            _attributes[_attributeCount] = default;
        }
        else if (at >= 0) _attributes[at] = new(_attributes[at].Name, value);
        else
        {
            if (_attributeCount == _attributes.Length) Array.Resize(ref _attributes, Math.Max(4, _attributeCount * 2));
            _attributes[_attributeCount++] = new(attribute, value);
        }
        return this;
    }

    /// <summary>Gives an attribute another name, in its place; one of that name gives way.</summary>
    public void RenameAttribute(string from, string to)
    {
        if (from == to || IndexOf(from) < 0) return;
        Set(to, null);
        OwnAttributes();
        var at = IndexOf(from);
        _attributes[at] = new(to, _attributes[at].Value);
    }

    /// <summary>Puts the children into another order; it must have exactly this element's nodes.</summary>
    public void Reorder(List<CibElement> nodes)
    {
        Invariant.Require(nodes.Count == _nodes.Count && nodes.TrueForAll(n => n.Parent == this), "another order has the same nodes");
        (_nodes, _children) = (nodes, null);
        Touch();
    }

    public CibElement Rename(string name)
    {
        Name = name;
        Touch();
        return this;
    }

    /// <summary>Appends an element that has no parent.</summary>
    /// <returns>The child.</returns>
    public CibElement Add(CibElement child) => Insert(_nodes.Count, child);

    /// <summary>Appends a new element of that name.</summary>
    /// <returns>The new element.</returns>
    public CibElement Add(string name) => Add(new CibElement(name));

    /// <summary>Puts an element that has no parent at a place among <see cref="Nodes"/>; beyond the end means at the end.</summary>
    /// <returns>The child.</returns>
    public CibElement Insert(int position, CibElement child)
    {
        Invariant.Require(child.Parent is null && child != this, "an element stands in one place only");
        if (ReferenceEquals(_nodes, None)) _nodes = [];
        _nodes.Insert(Math.Min(position, _nodes.Count), child);
        child.Parent = this;
        Changed(child, +1);
        return child;
    }

    /// <summary>Takes this element out of its parent; a root stays as it is.</summary>
    /// <returns>This element, which has no parent now.</returns>
    public CibElement Remove()
    {
        Parent?.RemoveAt(Position);
        return this;
    }

    /// <summary>Takes a child out.</summary>
    /// <returns>False when it is none of this element's.</returns>
    public bool Remove(CibElement child)
    {
        if (child.Parent != this) return false;
        RemoveAt(child.Position);
        return true;
    }

    /// <summary>Takes out every child that satisfies the condition.</summary>
    public void RemoveAll(Predicate<CibElement> condition)
    {
        for (var i = _nodes.Count - 1; i >= 0; i--)
            if (condition(_nodes[i])) RemoveAt(i);
    }

    /// <summary>Puts another element, which has no parent, into this one's place.</summary>
    public void ReplaceWith(CibElement other)
    {
        Invariant.Require(Parent is not null, "a root has no place in which another could stand");
        var (parent, at) = (Parent!, Position);
        parent.RemoveAt(at);
        parent.Insert(at, other);
    }

    /// <summary>A copy of this element and everything below it, without a parent; lines and columns are kept.</summary>
    public CibElement Clone()
    {
        var copy = CloneShallow();
        copy._memo = _memo ??= new();
        if (_nodes.Count == 0) return copy;
        copy._nodes = new(_nodes.Count);
        copy._comments = _comments;
        foreach (var node in _nodes)
        {
            var child = node.Clone();
            child.Parent = copy;
            copy._nodes.Add(child);
        }
        return copy;
    }

    /// <summary>A copy of this element with its attributes and without anything below it.</summary>
    public CibElement CloneShallow()
    {
        if (_attributeCount > 0) _sharesAttributes = true;
        return new(Name, Line, Column) { IsComment = IsComment, _text = _text, _attributes = _attributes, _attributeCount = _attributeCount, _sharesAttributes = _sharesAttributes };
    }

    /// <summary>Whether both say the same: names, attributes (their order does not matter), children in their order; comments and places do not count.</summary>
    public bool SameAs(CibElement other)
    {
        if (IsUnchangedFrom(other)) return true;
        if (Name != other.Name || _attributeCount != other._attributeCount || Children.Count != other.Children.Count || Text != other.Text) return false;
        foreach (var attribute in Attributes)
            if (other[attribute.Name] != attribute.Value) return false;
        for (var i = 0; i < Children.Count; i++)
            if (!Children[i].SameAs(other.Children[i])) return false;
        return true;
    }

    /// <summary>Reads a document.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="file">What messages call it.</param>
    /// <returns>The root element.</returns>
    /// <exception cref="CibSyntaxException">It is not well-formed, has a DTD, or is more than the limits allow.</exception>
    public static CibElement Parse(string text, string file, ReadLimits? limits = null) =>
        TryParse(text, file, out var root, out var problem, limits) ? root! : throw new CibSyntaxException(problem!);

    /// <summary>Reads a document; on failure <paramref name="problem"/> says where and why.</summary>
    public static bool TryParse(string text, string file, out CibElement? root, out Diagnostic? problem, ReadLimits? limits = null)
    {
        var reader = new CibReader(text, limits ?? ReadLimits.Default);
        root = reader.Read();
        problem = root is null ? reader.Problem(file) : null;
        return root is not null;
    }

    /// <summary>Reads a document from its bytes, which must be UTF-8 (with or without a byte order mark).</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, string file, out CibElement? root, out Diagnostic? problem, ReadLimits? limits = null)
    {
        root = null;
        problem = Utf8Text.Decode(utf8, file, limits ?? ReadLimits.Default, out var text);
        return problem is null && TryParse(text, file, out root, out problem, limits);
    }

    /// <summary>Appends this element's text.</summary>
    public void WriteTo(StringBuilder output, CibFormat format = CibFormat.Pretty, int depth = 0) => CibWriter.Write(this, output, format, depth);

    /// <summary>The element as Pacemaker prints it: two blanks a level, a line each.</summary>
    public override string ToString() => ToString(CibFormat.Pretty);

    public string ToString(CibFormat format)
    {
        var output = new StringBuilder();
        WriteTo(output, format);
        return output.ToString();
    }

    /// <summary>What <see cref="CibFormat.Compact"/> is, as UTF-8.</summary>
    public byte[] ToUtf8()
    {
        using var output = new CibBytes();
        output.Append(this, filtered: false);
        return output.Written.ToArray();
    }

    /// <summary>For the reader: all attributes at once. They must be distinct.</summary>
    internal void Take(ReadOnlySpan<CibAttribute> attributes)
    {
        (_attributes, _attributeCount, _sharesAttributes) = (attributes.ToArray(), attributes.Length, false);
        Touch();
    }

    private void RemoveAt(int position)
    {
        var child = _nodes[position];
        _nodes.RemoveAt(position);
        child.Parent = null;
        Changed(child, -1);
    }

    private void Changed(CibElement child, int by)
    {
        if (child.IsComment) _comments += by;
        _children = null;
        Touch();
    }

    /// <summary>An attribute changes.</summary>
    private void OwnAttributes()
    {
        if (_sharesAttributes) (_attributes, _sharesAttributes) = (Attributes.ToArray(), false);
        Touch();
    }

    /// <summary>What is remembered of this element, and of those that it is in, is true no longer.</summary>
    private void Touch()
    {
        for (var at = this; at is { _memo: not null }; at = at.Parent) at._memo = null;
    }

    private int IndexOf(string attribute)
    {
        for (var i = 0; i < _attributeCount; i++)
            if (_attributes[i].Name == attribute) return i;
        return -1;
    }
}
