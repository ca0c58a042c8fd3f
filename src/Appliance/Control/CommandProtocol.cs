using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Appliance.Commands;

namespace Appliance.Control;

/// <summary>One line of JSON from a command-line tool.</summary>
/// <param name="Do"><c>status</c>, <c>parameter</c>, <c>clientstatus</c>, <c>cleanup</c>, <c>monitor</c>, <c>upgrade</c>, <c>engine</c>, <c>operations</c>, <c>crm</c>, and the fencer's.</param>
/// <param name="Name">Of a parameter (<c>parameter</c>) or a client (<c>clientstatus</c>); <c>on</c> or <c>off</c> (<c>monitor</c>).</param>
/// <param name="Key">Group key (<c>cleanup</c>, <c>monitor</c>).</param>
internal sealed record ControlRequest(string Do, string? Name = null, string? Node = null, string? Key = null, int? TimeoutMs = null, FencingRequest? Fencing = null,
    CrmRequest? Crm = null);

/// <summary>One line of JSON back.</summary>
/// <param name="Error">Why not; only when <paramref name="Ok"/> is false.</param>
internal sealed record ControlAnswer(bool Ok, string? Error = null, string? Text = null, StatusView? Status = null, FencingView? Fencing = null, OperationsView? Operations = null,
    CrmReply? Crm = null)
{
    public static ControlAnswer Failed(string why) => new(false, why);
}

/// <summary>The command socket's lines and the output of <c>--json</c>, by generated code: reflection does not survive Native AOT.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlAnswer))]
[JsonSerializable(typeof(StatusView))]
[JsonSerializable(typeof(LinksView))]
[JsonSerializable(typeof(FencingView))]
[JsonSerializable(typeof(OperationsView))]
internal sealed partial class ApplianceJson : JsonSerializerContext;

/// <summary>Requests and answers as bytes.</summary>
internal static class CommandProtocol
{
    /// <summary>The longest request registers a fencing device with all its parameters; whatever is longer is not one.</summary>
    public const int LongestRequest = 64 * 1024;

    /// <summary>
    /// The longest request of who may ask the CRM brings a whole CIB: 1000 resources on 8 nodes are 5 million characters. Each costs about eight bytes of memory while it is read, and control has much more than that with the CRM (see <see cref="MemoryLimit"/>).
    /// </summary>
    public const int LongestCrmRequest = 8 * 1024 * 1024;

    /// <summary>A status of 100 nodes with 64 links each is about a quarter of this; a CIB has quotation marks, which take two places.</summary>
    public const int LongestAnswer = 32 * 1024 * 1024;

    /// <summary>XML stays as short as it is: who reads this is no browser.</summary>
    private static ApplianceJson Json => field ??= new(new JsonSerializerOptions(ApplianceJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <returns>The request, or <c>null</c> and what is wrong with the line.</returns>
    public static (ControlRequest? Request, string Fault) Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var request = JsonSerializer.Deserialize(line, Json.ControlRequest);
            return request?.Do is null ? (null, "the request has no \"do\"") : (request, "");
        }
        catch (JsonException e)
        {
            return (null, $"not a request: {e.Message}");
        }
    }

    /// <exception cref="JsonException">It is no answer.</exception>
    public static ControlAnswer? ReadAnswer(ReadOnlySpan<byte> line) => ShortProtocol.ReadAnswer(line) ?? JsonSerializer.Deserialize(line, Json.ControlAnswer);

    /// <summary>One line, its end included.</summary>
    public static byte[] Write(ControlAnswer answer) => [.. JsonSerializer.SerializeToUtf8Bytes(answer, Json.ControlAnswer), (byte)'\n'];

    /// <summary>One line, its end included.</summary>
    public static byte[] Write(ControlRequest request) => ShortProtocol.Write(request) ?? [.. JsonSerializer.SerializeToUtf8Bytes(request, Json.ControlRequest), (byte)'\n'];
}
