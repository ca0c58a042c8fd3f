namespace Appliance.Lab.Harness;

/// <summary>
/// hb_standby, as an operator calls it who reads the log: it ends with 0 once the daemon has the request, and a request is refused, there alone, while the node's own last move is not finished or the word that the
/// other's is has not come yet. Then it is asked for again.
/// </summary>
public static class StandbyRequest
{
    /// <summary>3.0.6: "standby message [me] from alpha ignored.  Other side is in flux.", "local resources in flux.", or "Standby in progress- new request from alpha ignored".</summary>
    private const string Refused = " ignored";

    private const string Taken = " wants to go standby";

    /// <summary>Returns when the node has taken it on.</summary>
    /// <param name="node">Its name.</param>
    /// <param name="log">Reads the node's log, whole.</param>
    /// <param name="ask">Calls hb_standby.</param>
    public static void UntilTaken(string node, Func<string> log, Action ask) => Until.True($"{node} takes on the standby", () =>
    {
        var mark = log().Length;
        ask();
        Until.True("the standby is answered in the log", () => Said(Taken) || Said(Refused), 10);
        return Said(Taken);

        bool Said(string phrase) => log() is var text && text.Length > mark && text.AsSpan(mark).Contains(phrase, StringComparison.Ordinal);
    }, 20, everyMs: 200);
}
