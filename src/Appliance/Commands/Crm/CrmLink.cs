using Appliance.Control;

namespace Appliance.Commands.Crm;

/// <summary>A tool's way to the CRM of this node: one connection, made when something is asked for the first time.</summary>
internal sealed class CrmLink(string path = Paths.CommandSocket) : IDisposable
{
    /// <summary>How long a question takes at most that says nothing of its time, and how long the daemon may be late with an answer.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(30), Late = TimeSpan.FromSeconds(10);

    private ControlClient? _client;

    /// <returns><c>null</c>: no CRM answers here.</returns>
    public CrmReply? Ask(CrmRequest request)
    {
        try
        {
            _client ??= new(path);
            var answer = _client.Ask(new("crm", Crm: request), (request.WithinMs is { } ms ? TimeSpan.FromMilliseconds(ms) : Usual) + Late);
            return answer.Crm ?? (answer.Error?.StartsWith(Permissions.Denied, StringComparison.Ordinal) == true ? new CrmReply(PacemakerCodes.PermissionDenied) { Problem = answer.Error } : null);
        }
        catch (NotRunningException)
        {
            Dispose();
            return null;
        }
    }

    public void Dispose()
    {
        _client?.Dispose();
        _client = null;
    }
}
