using Appliance.Linux;

namespace Appliance.Lrm.Systemd;

/// <summary>What messages of systemd say, as facts.</summary>
internal static class UnitMessages
{
    /// <summary>Reads a dictionary of properties (a{sv}): those of a unit that matter here.</summary>
    /// <exception cref="SystemdBusException">The message has another form.</exception>
    public static UnitFacts Facts(in SystemdBusMessage message)
    {
        UnitFacts facts = new();
        var neverAsked = false;
        message.Enter('a', "{sv}"u8);
        while (message.Enter('e', "sv"u8))
        {
            var name = message.ReadBytes();
            if (name.SequenceEqual("ActiveState"u8)) facts.Active = Text(message);
            else if (name.SequenceEqual("SubState"u8)) facts.Sub = Text(message);
            else if (name.SequenceEqual("LoadState"u8)) facts.Load = Text(message);
            else if (name.SequenceEqual("Job"u8)) facts.Job = Job(message);
            else if (name.SequenceEqual("Result"u8)) facts.Result = Text(message);
            else if (name.SequenceEqual("UnitFileState"u8)) facts.File = Text(message);
            else if (name.SequenceEqual("Description"u8)) facts.Description = Text(message);
            else if (name.SequenceEqual("ConditionResult"u8)) facts.ConditionsHold = Truth(message);
            else if (name.SequenceEqual("ConditionTimestampMonotonic"u8)) neverAsked = Moment(message) == 0;
            else if (name.SequenceEqual("DropInPaths"u8)) facts.HasDropIn = Texts(message).Exists(p => p.EndsWith("/" + DropIn.FileName, StringComparison.Ordinal));
            else if (name.SequenceEqual("TriggeredBy"u8)) facts.TriggeredBy = string.Join(", ", Texts(message));
            else message.Skip("v"u8);
            message.Leave();
        }
        message.Leave();
        if (neverAsked) facts.ConditionsHold = true;        // systemd says false before the first start
        return facts;
    }

    /// <summary>An answer's unit files (a(ss)): path and state of each.</summary>
    /// <exception cref="SystemdBusException">The message has another form.</exception>
    public static List<string> UnitFiles(in SystemdBusMessage message)
    {
        List<string> files = [];
        message.Enter('a', "(ss)"u8);
        while (message.Enter('r', "ss"u8))
        {
            files.Add(message.ReadString());
            message.Skip("s"u8);
            message.Leave();
        }
        message.Leave();
        return files;
    }

    private static string Text(in SystemdBusMessage message)
    {
        message.Enter('v', "s"u8);
        var bytes = message.ReadBytes();
        // The words that come again and again are not made anew.
        var text = bytes.SequenceEqual("active"u8) ? "active" : bytes.SequenceEqual("running"u8) ? "running" : bytes.SequenceEqual("loaded"u8) ? "loaded"
            : System.Text.Encoding.UTF8.GetString(bytes);
        message.Leave();
        return text;
    }

    private static bool Truth(in SystemdBusMessage message)
    {
        message.Enter('v', "b"u8);
        var truth = message.ReadNumber('b') != 0;
        message.Leave();
        return truth;
    }

    private static ulong Moment(in SystemdBusMessage message)
    {
        message.Enter('v', "t"u8);
        var moment = message.ReadLong();
        message.Leave();
        return moment;
    }

    private static List<string> Texts(in SystemdBusMessage message)
    {
        List<string> texts = [];
        message.Enter('v', "as"u8);
        message.Enter('a', "s"u8);
        while (message.TryReadString() is { } text) texts.Add(text);
        message.Leave();
        message.Leave();
        return texts;
    }

    /// <summary>Number and object of the unit's job; none is 0 and "/".</summary>
    private static string Job(in SystemdBusMessage message)
    {
        message.Enter('v', "(uo)"u8);
        message.Enter('r', "uo"u8);
        var number = message.ReadNumber();
        var path = message.ReadString('o');
        message.Leave();
        message.Leave();
        return number == 0 ? "" : path;
    }
}
