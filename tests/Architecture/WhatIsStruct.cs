using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Appliance.Architecture;

/// <summary>A type as far as native code cares: shared by all classes, or made anew.</summary>
/// <param name="OverStructs">One of its type arguments is a struct.</param>
internal sealed record Seen(string Name, bool IsStruct, bool OverStructs = false);

/// <summary>Reads of a signature which types are structs (numbers, characters and enums too).</summary>
internal sealed class WhatIsStruct : ISignatureTypeProvider<Seen, object?>
{
    private static readonly Seen Class = new("", false), Struct = new("", true);

    private static Seen Named(string name, byte kind) => new(name, kind == (byte)SignatureTypeKind.ValueType);

    public Seen GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode is PrimitiveTypeCode.String or PrimitiveTypeCode.Object ? Class : Struct;
    public Seen GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Named(reader.GetString(reader.GetTypeDefinition(handle).Name), rawTypeKind);
    public Seen GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => Named(reader.GetString(reader.GetTypeReference(handle).Name), rawTypeKind);
    public Seen GetGenericInstantiation(Seen genericType, ImmutableArray<Seen> typeArguments) => genericType with { OverStructs = typeArguments.Any(a => a.IsStruct) };
    public Seen GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);
    public Seen GetGenericMethodParameter(object? genericContext, int index) => Class;
    public Seen GetGenericTypeParameter(object? genericContext, int index) => Class;
    public Seen GetArrayType(Seen elementType, ArrayShape shape) => Class;
    public Seen GetSZArrayType(Seen elementType) => Class;
    public Seen GetByReferenceType(Seen elementType) => elementType;
    public Seen GetPinnedType(Seen elementType) => elementType;
    public Seen GetPointerType(Seen elementType) => Struct;
    public Seen GetFunctionPointerType(MethodSignature<Seen> signature) => Struct;
    public Seen GetModifiedType(Seen modifier, Seen unmodifiedType, bool isRequired) => unmodifiedType;
}
