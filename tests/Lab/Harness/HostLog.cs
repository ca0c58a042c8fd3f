namespace Appliance.Lab.Harness;

/// <summary>A log file of a host, read from outside while it grows.</summary>
public sealed class HostLog(string path)
{
    /// <summary>Everything written so far.</summary>
    public string Text
    {
        get
        {
            if (!File.Exists(path)) return "";
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd();
        }
    }

    /// <summary>A place in the log: what is written later comes after it.</summary>
    public int Mark() => Text.Length;

    public bool Says(string phrase, int since = 0)
    {
        var text = Text;
        return text.Length > since && text.AsSpan(since).Contains(phrase, StringComparison.Ordinal);
    }

    public int Count(string phrase, int since = 0)
    {
        var text = Text;
        return text.Length <= since ? 0 : text[since..].Split(phrase).Length - 1;
    }

    public void WaitFor(string phrase, double seconds, int since = 0) =>
        Until.True($"\"{phrase}\" in {path}", () => Says(phrase, since), seconds, everyMs: 60);
}
