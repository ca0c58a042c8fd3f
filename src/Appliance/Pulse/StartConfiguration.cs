using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core.Diagnostics;

namespace Appliance.Pulse;

/// <summary>What a start needs from the administrator's files, or why it cannot be.</summary>
/// <param name="HaCf"><c>null</c> when there are errors.</param>
/// <param name="HaCfText">The file's bytes as they were checked; control gets these and not what the file says later.</param>
internal sealed record StartConfiguration(HaCf? HaCf, AuthKeys? Keys, byte[] HaCfText, ImmutableArray<Diagnostic> Problems);

/// <summary>The administrator's files, read and checked.</summary>
internal interface IConfigurationFiles
{
    StartConfiguration Read();

    /// <summary>authkeys alone, or what is wrong with it.</summary>
    (AuthKeys? Keys, string Problem) ReadKeys();
}
