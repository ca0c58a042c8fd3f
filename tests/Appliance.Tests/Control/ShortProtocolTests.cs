using System.Text;
using System.Text.Json;
using Appliance.Cib;

namespace Appliance.Control.Tests;

/// <summary>What is written and read by hand is what the serializer writes and reads.</summary>
public class The_short_form_of_the_command_protocol
{
    private static readonly CibElement Xml = CibElement.Parse("<a b='&quot;x&quot; &lt; ü'><c/>text</a>", "x");

    private static readonly ControlRequest[] Requests =
    [
        new("status"), new("cleanup", Key: "the key"), new("clientstatus", "name", "node", TimeoutMs: 5), new("crm", Crm: new("state")),
        new("crm", Crm: new("cib") { Operation = "modify", Section = "//a[@b='\"']", Input = XmlInJson.Of(Xml), Options = 0x104, Client = "cibadmin", User = "joe", WithinMs = 30_000, SchemaLimit = "pacemaker-3.9" }),
        new("crm", Crm: new("cleanup") { Host = "alpha", Resource = "r\\1\n", Action = "monitor", IntervalMs = 0, Everything = true, Name = "n", Version = "1.2.3" }),
    ];

    [TestCaseSource(nameof(Requests))]
    public void Writes_requests_that_are_read_as_they_were(object asked)
    {
        var request = (ControlRequest)asked;
        var line = ShortProtocol.Write(request);
        Assert.That(line, Is.Not.Null);
        Assert.That(line![^1], Is.EqualTo((byte)'\n'));
        var (read, fault) = CommandProtocol.Read(line.AsSpan(0, line.Length - 1));
        Assert.That(fault, Is.Empty);
        Assert.That(Text(read!), Is.EqualTo(Text(request)));
    }

    /// <summary>A member that is new is written by both, or left to the serializer; it is never left out.</summary>
    [Test]
    public void Leaves_out_nothing_that_a_request_can_have()
    {
        foreach (var property in ApplianceJson.Default.ControlRequest.Properties.Where(static p => p.PropertyType != typeof(CrmRequest))) Whole(property.Name, Filled(new ControlRequest("x"), property));
        foreach (var property in ApplianceJson.Default.CrmRequest.Properties) Whole(property.Name, new("crm", Crm: Filled(new CrmRequest("x"), property)));

        static void Whole(string name, ControlRequest request)
        {
            Assert.That(Text(request), Does.Contain($"\"{name}\""), "the test's value is none");
            if (ShortProtocol.Write(request) is { } line) Assert.That(Text(CommandProtocol.Read(line.AsSpan()[..^1]).Request!), Is.EqualTo(Text(request)), name);
        }
    }

    /// <summary>The same request with a value for one of its members.</summary>
    private static T Filled<T>(T request, System.Text.Json.Serialization.Metadata.JsonPropertyInfo property) where T : class
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        object? value = type == typeof(string) ? "v" : type == typeof(bool) ? true : type == typeof(int) ? 7 : type == typeof(long) ? 7L : type == typeof(XmlInJson) ? XmlInJson.Of(Xml)
            : type.IsAssignableFrom(typeof(string[])) ? new[] { "v" }
            : type.IsGenericType ? Activator.CreateInstance(typeof(List<>).MakeGenericType(type.GetGenericArguments()))!
            : System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type);
        var backing = typeof(T).GetFields(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic).Single(f => f.Name.Equals($"<{property.Name}>k__BackingField", StringComparison.OrdinalIgnoreCase));
        backing.SetValue(request, value);
        return request;
    }

    [Test]
    public void Leaves_what_it_does_not_know_to_the_serializer()
    {
        ControlRequest[] long_ = [new("crm", Crm: new("set") { Attributes = [new("a", "h", "v")] }), new("crm", Crm: new("cib") { Steps = [new("cib")] }), new("crm", Crm: new("cib") { Groups = ["g"] })];
        foreach (var request in long_)
        {
            Assert.That(ShortProtocol.Write(request), Is.Null);
            Assert.That(Text(CommandProtocol.Read(CommandProtocol.Write(request).AsSpan()[..^1]).Request!), Is.EqualTo(Text(request)));
        }
        var answer = CommandProtocol.Write(new ControlAnswer(true, Crm: new(0) { Attributes = [new("a", "h", "v")] }));
        Assert.That(ShortProtocol.ReadAnswer(answer), Is.Null);
        Assert.That(CommandProtocol.ReadAnswer(answer)!.Crm!.Attributes, Has.Count.EqualTo(1));
    }

    private static readonly ControlAnswer[] Answers =
    [
        new(true), new(false, "no \"such\" thing ü"), new(true, Text: "on"), new(true, Crm: new(0)), new(true, Crm: new(-13) { Problem = "no" }), new(true, Crm: new(0) { Version = "0.1.2", Output = XmlInJson.Of(Xml) }),
    ];

    [TestCaseSource(nameof(Answers))]
    public void Reads_answers_as_they_were_given(object given)
    {
        var answer = (ControlAnswer)given;
        var read = ShortProtocol.ReadAnswer(CommandProtocol.Write(answer));
        Assert.That(read, Is.Not.Null);
        Assert.That(Encoding.UTF8.GetString(CommandProtocol.Write(read!)), Is.EqualTo(Encoding.UTF8.GetString(CommandProtocol.Write(answer))));
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("{\"ok\":5}")]
    [TestCase("{\"ok\":true,\"crm\":{\"error\":1.5}}")]
    [TestCase("{\"ok\":true,\"crm\":{\"output\":\"<a\"}}")]
    [TestCase("{\"ok\":true")]
    [TestCase("[true]")]
    public void Makes_nothing_of_what_is_no_answer(string line) => Assert.That(ShortProtocol.ReadAnswer(Encoding.UTF8.GetBytes(line)), Is.Null);

    private static string Text(ControlRequest request) => JsonSerializer.Serialize(request, ApplianceJson.Default.ControlRequest);
}
