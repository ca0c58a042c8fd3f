using System.Runtime.CompilerServices;

namespace Appliance.Core;

/// <summary>How much stack a thread gets whose work is small and known.</summary>
/// <remarks>
/// The daemon locks its memory, stacks included, so that what is not needed is not asked for. Under the just-in-time compiler (tests, <c>dotnet run</c>) that compiler
/// works on the stack of whoever calls a method first, and needs far more than the method: there the system's own size stands.
/// </remarks>
public static class ThreadStack
{
    /// <param name="bytes">What the compiled program needs.</param>
    /// <returns>What <see cref="Thread(ThreadStart, int)"/> takes; 0: the system's size.</returns>
    public static int Of(int bytes) => RuntimeFeature.IsDynamicCodeCompiled ? 0 : bytes;
}
