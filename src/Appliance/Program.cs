namespace Appliance;

internal static class Program
{
    public static int Main(string[] args)
    {
        Console.WriteLine($"appliance {typeof(Program).Assembly.GetName().Version?.ToString(3)} {args.Length}");
        return 0;
    }
}
