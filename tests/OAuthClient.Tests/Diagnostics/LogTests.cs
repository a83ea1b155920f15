using System.Reflection;
using Microsoft.Extensions.Logging;
using NetArchTest.Rules;

namespace OAuthClient.Tests.Diagnostics;

/// <summary>Every event has an id and a name of its own that stay, and a place on the page that lists them.</summary>
public sealed class LogTests
{
    public static TheoryData<Assembly> Shipped => PackageTests.Shipped;

    /// <summary>Nothing is missing on the page, nothing is too much, and each row says what the event is.</summary>
    [Fact]
    public void Page_OfEvents_SaysWhatTheCodeSays()
    {
        var rows = PageTests.Read("Diagnostics").Where(line => line.StartsWith("| ", StringComparison.Ordinal) && char.IsAsciiDigit(line[2])).Select(line => line.Trim('|', ' ').Split(" | ")).ToArray();

        var events = LogAll();

        Assert.Equal(events.Select(logged => $"{logged.Id.Id} | `{logged.Id.Name}` | {logged.Level} | {logged.Template}"), rows.Select(row => string.Join(" | ", row[..4])));
        Assert.All(rows, row =>
        {
            Assert.Equal(6, row.Length);
            Assert.All(row[4..], cell => Assert.EndsWith(".", cell, StringComparison.Ordinal));
        });
    }

    [Fact]
    public void Events_OfTheLibrary_HaveIdsAndNamesOfTheirOwn()
    {
        var events = LogAll();

        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(logged => logged.Id.Id));
        Assert.Equal(events.Count, events.Select(logged => logged.Id.Name).Distinct().Count());

        // What is expected in operation is no error, and a call that fails is its caller's to log.
        Assert.Equal([nameof(Log.StartedWithoutToken)], events.Where(logged => logged.Level > LogLevel.Warning).Select(logged => logged.Id.Name));
    }

    /// <summary>No package logs by hand, where an event has no id, or anywhere but in the one place.</summary>
    [Theory]
    [MemberData(nameof(Shipped))]
    public void Events_OfThePackages_AreAllInLog(Assembly assembly)
    {
        const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        var elsewhere = assembly.GetTypes().Where(type => type != typeof(Log)).SelectMany(type => type.GetMethods(Any)).Where(method => method.IsDefined(typeof(LoggerMessageAttribute)));

        Assert.Empty(elsewhere);
        var byHand = Types.InAssembly(assembly).Should().NotHaveDependencyOnAny("Microsoft.Extensions.Logging.LoggerExtensions").GetResult();
        Assert.True(byHand.IsSuccessful, string.Join("; ", byHand.FailingTypes?.Select(type => type.FullName) ?? []));
    }

    /// <summary>Has each event written once, in the order of their ids.</summary>
    private static List<Event> LogAll()
    {
        var log = new EventLog();
        var methods = typeof(Log).GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.DeclaredOnly).Where(method => method.GetParameters() is [{ ParameterType: var first }, ..] && first == typeof(ILogger)).ToArray();
        foreach (var method in methods)
            method.Invoke(null, [log, .. method.GetParameters().Skip(1).Select(parameter => parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : "x")]);

        Assert.All(methods, method => Assert.True(method.IsDefined(typeof(LoggerMessageAttribute)), $"{method.Name} is not made by the generator."));
        Assert.Equal(methods.Length, log.Events.Count);
        return [.. log.Events.OrderBy(logged => logged.Id.Id)];
    }

    private sealed record Event(LogLevel Level, EventId Id, string Template);

    private sealed class EventLog : ILogger
    {
        public List<Event> Events { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Events.Add(new(logLevel, eventId, (string)((IEnumerable<KeyValuePair<string, object?>>)state!).Single(pair => pair.Key == "{OriginalFormat}").Value!));
    }
}
