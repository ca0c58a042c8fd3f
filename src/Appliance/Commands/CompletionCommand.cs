using System.IO.Compression;

namespace Appliance.Commands;

/// <summary><c>appliance completion bash|zsh|fish</c>: the script that install.sh puts in place, for a shell that reads another one.</summary>
internal static class CompletionCommand
{
    public static readonly string[] Shells = ["bash", "zsh", "fish"];

    public static int Run(string shell)
    {
        Console.Out.Write(Script(shell));
        return 0;
    }

    internal static string Script(string shell)
    {
        using var packed = typeof(CompletionCommand).Assembly.GetManifestResourceStream($"completion.{shell}")!;
        using var reader = new StreamReader(new GZipStream(packed, CompressionMode.Decompress));
        return reader.ReadToEnd();
    }
}
