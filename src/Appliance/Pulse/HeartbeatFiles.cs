using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Appliance.Configuration;
using Appliance.Crm.Move;
using Appliance.Linux;

namespace Appliance.Pulse;

/// <summary>The files heartbeat 3.0.6 keeps, in its formats and places, so that a machine can be switched and switched back.</summary>
/// <param name="root">In front of every path; empty but in tests.</param>
internal sealed class HeartbeatFiles(string root = "")
{
    private const int Mode644 = 0x1A4;
    private const string KernelBootId = "/proc/sys/kernel/random/boot_id";

    public string Pid => root + "/run/heartbeat.pid";
    public string RunDirectory => root + "/run/heartbeat";
    public string Generation => root + "/var/lib/heartbeat/hb_generation";
    public string Uuid => root + "/var/lib/heartbeat/hb_uuid";

    /// <summary>
    /// Directories that must be there before anything runs. <c>rsctmp</c>, where agents keep the state of what they started, is emptied at the first start after
    /// a boot. 3.0.6 empties it at every start; but a daemon that crashed comes back to find its services running, and asks their agents.
    /// </summary>
    public void PrepareDirectories(bool inPlace)
    {
        const UnixFileMode mode755 = (UnixFileMode)0x1ED;
        Directory.CreateDirectory(RunDirectory, mode755);
        Directory.CreateDirectory(Path.GetDirectoryName(Generation)!, mode755);
        var temporary = RunDirectory + "/rsctmp";
        var (bootFile, boot) = (RunDirectory + "/rsctmp.boot", BootId());
        var known = inPlace || boot.Length > 0 && File.Exists(bootFile) && File.ReadAllText(bootFile) == boot;
        if (!known && Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        Directory.CreateDirectory(temporary);
        File.SetUnixFileMode(temporary, mode755 | UnixFileMode.StickyBit);      // 1755, as 3.0.6 leaves it
        if (!known) File.WriteAllText(bootFile, boot);
    }

    /// <summary>What the kernel calls this boot (random(4)).</summary>
    private string BootId() => File.Exists(root + KernelBootId) ? File.ReadAllText(root + KernelBootId) : "";

    /// <summary>The generation of this start: above every earlier one, and stored durably before it is returned, so that no crash can make us use it twice.</summary>
    /// <param name="wallSeconds">Now; the first generation of a machine, and every one with <c>hbgenmethod time</c>, as far as it rises.</param>
    /// <param name="warning">What was wrong with the file; <c>null</c> when nothing was.</param>
    public long NextGeneration(GenerationMethod method, long wallSeconds, out string? warning)
    {
        warning = null;
        long? stored = null;
        if (File.Exists(Generation))
        {
            if (long.TryParse(File.ReadAllText(Generation), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var read) && read > 0)
                stored = read;
            else
                warning = $"{Generation} is damaged: a new generation is made from the clock";
        }
        var next = method == GenerationMethod.Time ? Math.Max(wallSeconds, (stored ?? 0) + 1) : (stored ?? wallSeconds) + 1;
        DurableFile.Replace(Generation, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{next,15}\n")), Mode644);
        return next;
    }

    /// <summary>16 bytes that name this machine for ever.</summary>
    public byte[] LocalUuid(UuidSource source, string nodeName, out string? warning)
    {
        warning = null;
        if (source == UuidSource.NodeName)
        {
            var derived = SHA256.HashData(Encoding.UTF8.GetBytes("hb_uuid " + nodeName))[..16];
            derived[6] = (byte)(derived[6] & 0x0f | 0x80);      // RFC 9562: version 8, made by a rule of our own
            derived[8] = (byte)(derived[8] & 0x3f | 0x80);
            return derived;
        }
        if (File.Exists(Uuid))
        {
            var stored = File.ReadAllBytes(Uuid);
            if (stored.Length == 16 && stored.AsSpan().ContainsAnyExcept((byte)0)) return stored;
            warning = $"{Uuid} is damaged ({stored.Length} bytes instead of 16): a new one is made";
        }
        var made = new byte[16];
        KernelRandom.Fill(made);
        made[6] = (byte)(made[6] & 0x0f | 0x40);        // RFC 9562: version 4, random
        made[8] = (byte)(made[8] & 0x3f | 0x80);
        DurableFile.Replace(Uuid, made, Mode644);
        return made;
    }

    /// <summary>The move from one engine to the other that is under way here, as control wrote it down; null: none.</summary>
    public string? Move()
    {
        try
        {
            return File.Exists(root + Control.Paths.Move) ? File.ReadAllText(root + Control.Paths.Move).Trim() : null;
        }
        catch (IOException)
        {
            return null;        // it ended between the two looks
        }
    }

    /// <summary>
    /// Which engine there is from now on: the one of ha.cf, unless another one may have left something running. An edited ha.cf and a daemon that dies must not make of a node one that its peer takes for dead while its services run.
    /// </summary>
    /// <param name="wanted">By ha.cf.</param>
    /// <param name="warning">Where it is another; else <c>null</c>.</param>
    public Engine BeginEngine(Engine wanted, out string? warning)
    {
        warning = null;
        var path = root + Control.Paths.Engine;
        var ran = File.Exists(path) ? EngineWords.Read(File.ReadAllText(path).Trim()) : null;
        if (ran is { } other && other != wanted && MoveMark.Read(Move())?.Target != wanted)
        {
            warning = $"ha.cf wants {wanted.Name()}, and {other.Name()} managed resources here, which may still run: it goes on. To move while they run: appliance engine {wanted.Word()}; where nothing of them runs, stop the daemon and start it";
            return other;
        }
        if (ran != wanted) File.WriteAllText(path, wanted.Word() + "\n");
        return wanted;
    }

    /// <summary>Nothing runs here any more.</summary>
    public void EndEngine() => File.Delete(root + Control.Paths.Engine);

    /// <summary>Right-aligned in 10 characters, as 3.0.6 writes it.</summary>
    public void WritePid(int pid) => DurableFile.Replace(Pid, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{pid,10}\n")), Mode644);

    public bool PidFileExists => File.Exists(Pid);

    /// <summary>Pid of the daemon that runs now; <c>null</c> when none does. A number that came to mean another program does not count.</summary>
    public int? RunningPid()
    {
        if (!File.Exists(Pid) || !int.TryParse(File.ReadAllText(Pid), NumberStyles.Integer, CultureInfo.InvariantCulture, out var pid)) return null;
        if (!ChildProcess.Exists(pid)) return null;
        try
        {
            var name = Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/cmdline")).Split('\0')[0];
            return name.Contains("heartbeat", StringComparison.Ordinal) || name.Contains("appliance", StringComparison.Ordinal) ? pid : null;
        }
        catch (IOException)
        {
            return null;        // it ended between the two looks
        }
    }
}
