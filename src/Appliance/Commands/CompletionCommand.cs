namespace Appliance.Commands;

/// <summary><c>appliance completion bash|zsh|fish</c>: the script that install.sh puts in place, for a shell that reads another one.</summary>
internal static class CompletionCommand
{
    public static readonly string[] Shells = ["bash", "zsh", "fish"];

    public static int Run(string shell)
    {
        using var script = typeof(CompletionCommand).Assembly.GetManifestResourceStream($"completion.{shell}")!;
        using var reader = new StreamReader(script);
        Console.Out.Write(reader.ReadToEnd());
        return 0;
    }
}
