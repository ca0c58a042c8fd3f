using System.Globalization;

namespace Appliance.Cib.Tests;

/// <summary>The same texts given to Pacemaker's iso8601 and to ours. Left out is where 2.1.5 and 3.0.2 differ: an offset without a blank before it, and durations of 0.</summary>
[Category("peer")]
public class Against_the_real_iso8601
{
    private static readonly CibTime Now = CibTime.FromDate(2026, 11, 21);

    [Test]
    public void Dates_are_the_same()
    {
        var random = new Random(20261121);
        string[] separators = ["", "-", "-W"];
        for (var i = 0; i < 100; i++)
        {
            var year = random.Next(1, 2500).ToString(CultureInfo.InvariantCulture).PadLeft(4, '0');
            var date = random.Next(5) switch
            {
                0 => $"{year}-{random.Next(0, 14)}-{random.Next(0, 33)}",
                1 => $"{year}{random.Next(1, 14):00}{random.Next(1, 33):00}",
                2 => $"{year}-{random.Next(0, 370):000}",
                3 => $"{year}-W{random.Next(0, 55):00}-{random.Next(0, 9)}",
                _ => $"{year}{separators[random.Next(3)]}{random.Next(1, 13):00}-{random.Next(1, 29):00}",
            };
            var time = random.Next(5) switch
            {
                0 => "",
                1 => $" {random.Next(0, 26):00}:{random.Next(0, 62):00}:{random.Next(0, 62):00}Z",
                2 => $"T{random.Next(0, 26):00}{random.Next(0, 62):00}Z",
                3 => $" {random.Next(0, 24):00}:{random.Next(0, 60):00}:00 {(random.Next(2) == 0 ? '+' : '-')}{random.Next(0, 13):00}:30",
                _ => $" {random.Next(0, 24):00}",
            };
            Compare(date + time, "-d", CibTimeForm.Calendar);
            if (i % 3 == 0) Compare(date + time, "-W", CibTimeForm.Week);
            if (i % 3 == 1) Compare(date + time, "-S", CibTimeForm.Epoch);
            if (i % 3 == 2) Compare(date + time, "-O", CibTimeForm.Ordinal);
        }
    }

    private static void Compare(string text, string option, CibTimeForm form)
    {
        // 2.1.5 takes year 0, which 3.0.2 refuses.
        var theirs = Peer.Run("iso8601", option == "-d" ? ["-d", text] : [option, "-d", text]);
        var read = Iso8601.TryDate(text, Now, out var time, out _);
        Assert.That(read ? $"Date: {time.ToString(form)}" : "refused", Is.EqualTo(theirs.Exit == 0 ? theirs.Output.TrimEnd('\n') : "refused"), $"{option} {text}");
    }

    [Test]
    public void Durations_and_what_they_make_of_a_date_are_the_same()
    {
        var random = new Random(20261122);
        for (var i = 0; i < 60; i++)
        {
            var text = "P";
            foreach (var unit in "YMWD") if (random.Next(3) == 0) text += $"{random.Next(1, 40)}{unit}";
            if (random.Next(2) == 0) text += "T";
            foreach (var unit in "HMS") if (text.Contains('T') && random.Next(2) == 0) text += $"{random.Next(1, 4000)}{unit}";
            if (!text.AsSpan().ContainsAnyInRange('0', '9')) continue;     // of no length: 2.1.5 takes "PT"
            var date = $"{random.Next(1980, 2030)}-{random.Next(1, 366):000} {random.Next(0, 24):00}:00:00Z";
            var theirs = Peer.Run("iso8601", ["-d", date, "-D", text]);
            Iso8601.TryDate(date, Now, out var start, out _);
            var ours = Iso8601.TryDuration(text, out var duration, out _) ? $"Date: {start}\nDuration: {duration}\nDuration ends at: {start + duration}\n" : "refused";
            Assert.That(ours, Is.EqualTo(theirs.Exit == 0 ? theirs.Output : "refused"), $"{date} {text}");
        }
    }
}
