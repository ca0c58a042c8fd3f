namespace Appliance.Cib.Tests;

public class A_date_of_iso8601
{
    private static readonly CibTime Now = CibTime.FromDate(2026, 11, 21) with { Seconds = 3600 };

    [TestCase("2005-02-03", "2005-02-03 00:00:00Z")]
    [TestCase("20050203T1030", "2005-02-03 10:30:00Z")]
    [TestCase("2005-2-3 1:2:3", "2005-02-03 01:02:03Z")]
    [TestCase("2005-040", "2005-02-09 00:00:00Z")]
    [TestCase("2004-366", "2004-12-31 00:00:00Z")]
    [TestCase("2005-W01-1", "2005-01-03 00:00:00Z")]
    [TestCase("2009-W01-1", "2008-12-29 00:00:00Z")]
    [TestCase("2009-W53-7", "2010-01-03 00:00:00Z")]
    [TestCase("2005-01-01 24:00:00Z", "2005-01-02 00:00:00Z")]
    [TestCase("2005-01-01 10:00:00 +01:00", "2005-01-01 09:00:00Z")]
    [TestCase("2005-01-01T10:00:00-02:30", "2005-01-01 12:30:00Z")]
    [TestCase("2005-01-01T00:10+0100", "2004-12-31 23:10:00Z")]
    [TestCase("12:30", "2026-11-21 12:30:00Z")]
    [TestCase("T1230Z", "2026-11-21 12:30:00Z")]
    [TestCase("epoch", "1970-01-01 00:00:00Z")]
    public void Is_read(string text, string expected)
    {
        Assert.That(Iso8601.TryDate(text, Now, out var time, out var problem), Is.True, problem);
        Assert.That(time.ToString(), Is.EqualTo(expected));
    }

    [TestCase("", "no date is given")]
    [TestCase("2005-02-29", "'2005-02-29' is not a date: month 2 has no day 29")]
    [TestCase("2005-13-01", "'2005-13-01' is not a date: there is no month 13")]
    [TestCase("0000-01-01", "'0000-01-01' is not a date: there is no year 0")]
    [TestCase("2005-366", "'2005-366' is not a date: year 2005 has no day 366")]
    [TestCase("2005-W53-1", "'2005-W53-1' is not a date: year 2005 has no week 53")]
    [TestCase("2005-W01-8", "'2005-W01-8' is not a date: there is no weekday 8 (1 is Monday)")]
    [TestCase("2005-01-01 25:00", "'25:00' is not a time of day: there is no hour 25")]
    [TestCase("2005-01-01 10:60", "'10:60' is not a time of day: there is no minute 60")]
    [TestCase("soon", "'soon' is not a date: a date is YYYY-MM-DD, YYYYMMDD, YYYY-DDD or YYYY-Www-D")]
    public void Is_refused_with_the_reason(string text, string expected)
    {
        Assert.That(Iso8601.TryDate(text, Now, out _, out var problem), Is.False);
        Assert.That(problem, Is.EqualTo(expected));
    }

    [Test]
    public void Without_an_offset_has_the_local_one()
    {
        Iso8601.TryDate("2005-01-01 10:00", Now with { Offset = 7200 }, out var time, out _);
        Assert.That((time.ToString(), time.ToString(CibTimeForm.Calendar, local: true)), Is.EqualTo(("2005-01-01 08:00:00Z", "2005-01-01 10:00:00 +02:00")));
    }

    [TestCase("P1Y2M3DT4H5M6S", "   1 year  2 months  3 days 14706 seconds (4 hours 5 minutes 6 seconds)")]
    [TestCase("PT3600S", "3600 seconds (1 hour)")]
    [TestCase("PT1M", "60 seconds (1 minute)")]
    [TestCase("P2W", "14 days ")]
    [TestCase("P-1D", "-1 days ")]
    public void That_is_a_duration_is_printed_as_the_tool_does(string text, string expected)
    {
        Assert.That(Iso8601.TryDuration(text, out var duration, out var problem), Is.True, problem);
        Assert.That(duration.ToString(), Is.EqualTo(expected));
    }

    [TestCase("P", "'P' is not a duration: nothing follows P")]
    [TestCase("5", "'5' is not a duration: it does not start with P")]
    [TestCase("P1X", "'P1X' is not a duration: 'X' is not a unit (Y M W D H M S)")]
    [TestCase("P1", "'P1' is not a duration: no unit after '1'")]
    [TestCase("PT1.5S", "'PT1.5S' is not a duration: '.' is not a unit (Y M W D H M S)")]
    [TestCase("PT0S", "'PT0S' is not a duration: it has no length")]
    [TestCase("P99999999999D", "'P99999999999D' is not a duration: no number at '99999999999D'")]
    public void That_is_no_duration_is_refused(string text, string expected)
    {
        Assert.That(Iso8601.TryDuration(text, out _, out var problem), Is.False);
        Assert.That(problem, Is.EqualTo(expected));
    }

    [TestCase("2005-040/2005-043", "2005-02-09 00:00:00Z 2005-02-12 00:00:00Z")]
    [TestCase("2005-01-01T10:00Z/PT5M", "2005-01-01 10:00:00Z 2005-01-01 10:05:00Z")]
    [TestCase("P1M/2005-03-31", "2005-02-28 00:00:00Z 2005-03-31 00:00:00Z")]
    [TestCase("PT1H", "2026-11-21 01:00:00Z 2026-11-21 02:00:00Z")]
    public void That_is_a_period_has_a_start_and_an_end(string text, string expected)
    {
        Assert.That(Iso8601.TryPeriod(text, Now, out var start, out var end, out var problem), Is.True, problem);
        Assert.That($"{start} {end}", Is.EqualTo(expected));
    }

    [TestCase("2005-01-01", "'2005-01-01' is not a period: it has neither an end nor a duration")]
    [TestCase("P1D/P1D", "'P1D/P1D' is not a period: it has two durations")]
    [TestCase("9999-12-31/P1D", "'9999-12-31/P1D' is not a period: its end is not between 0001-01-01 and 9999-12-31")]
    public void That_is_no_period_is_refused(string text, string expected)
    {
        Assert.That(Iso8601.TryPeriod(text, Now, out _, out _, out var problem), Is.False);
        Assert.That(problem, Is.EqualTo(expected));
    }

    [TestCase("2004-12-31 12:00:00Z", "P1Y", "2005-12-31 12:00:00Z")]
    [TestCase("2003-03-01 12:00:00Z", "P1Y", "2004-02-29 12:00:00Z")]
    [TestCase("2005-01-31", "P1M", "2005-02-28 00:00:00Z")]
    [TestCase("2005-01-01 12:00:00Z", "PT12H", "2005-01-02 00:00:00Z")]
    [TestCase("2005-01-01", "P146097D", "2405-01-01 00:00:00Z")]
    public void And_a_duration_make_a_later_one(string date, string duration, string expected)
    {
        Iso8601.TryDate(date, Now, out var time, out _);
        Iso8601.TryDuration(duration, out var span, out _);
        Assert.That((time + span).ToString(), Is.EqualTo(expected));
    }

    [FsCheck.NUnit.Property]
    public bool Read_from_any_text_never_fails(string? text) =>
        text is null || (Iso8601.TryDate(text, Now, out _, out var why) || why.Length > 0) && (Iso8601.TryPeriod("P1D/" + text, Now, out _, out _, out why) || why.Length > 0);

    /// <summary>Every day of 60 years: what .NET's own calendar says of it.</summary>
    [Test]
    public void Agrees_with_the_calendar()
    {
        var time = CibTime.FromDate(1996, 1, 1);
        for (var day = new DateTime(1996, 1, 1, 0, 0, 0, DateTimeKind.Utc); day.Year < 2056; day = day.AddDays(1), time = time.AddDays(1))
        {
            Assert.That((time.Year, time.MonthAndDay.Month, time.MonthAndDay.Day, time.Day), Is.EqualTo((day.Year, day.Month, day.Day, day.DayOfYear)));
            Assert.That((time.Week.Year, time.Week.Week, time.Weekday % 7), Is.EqualTo((System.Globalization.ISOWeek.GetYear(day), System.Globalization.ISOWeek.GetWeekOfYear(day), (int)day.DayOfWeek)));
            Assert.That(time.Epoch, Is.EqualTo(new DateTimeOffset(day).ToUnixTimeSeconds()));
            Assert.That(CibTime.FromEpoch(time.Epoch), Is.EqualTo(time));
        }
    }
}
