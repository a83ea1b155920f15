using System.Reflection;
using System.Runtime.CompilerServices;

namespace OAuthClient.Tests.Canaries;

/// <summary>A record prints all of its members unless somebody thinks of it; these are those of which somebody did.</summary>
public sealed class RecordTests
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Records that print texts, and whose texts hold no secret. Anything else overrides ToString.</summary>
    private static readonly string[] _harmless =
    [
        // Written from redacted text.
        "TokenFailure",

        // Addresses that the server publishes.
        "Endpoints",

        // A table of constants.
        "ProviderPreset",
    ];

    [Fact]
    public void Records_ThatPrintTexts_AreKnownToHoldNoSecret()
    {
        var printing = typeof(OAuth2ClientOptions).Assembly.GetTypes().Where(type => PrintsItself(type) && GetMembers(type).Any(MayHoldText)).Select(type => type.Name);

        Assert.Equal(_harmless.Order(StringComparer.Ordinal), printing.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Records_OfTestsThatPrintTexts_AreFound()
    {
        Assert.True(PrintsItself(typeof(Printing)) && GetMembers(typeof(Printing)).Any(MayHoldText));
        Assert.True(PrintsItself(typeof(PrintingStruct)) && GetMembers(typeof(PrintingStruct)).Any(MayHoldText));
        Assert.False(PrintsItself(typeof(Silent)));
        Assert.DoesNotContain(GetMembers(typeof(Numbers)), MayHoldText);
    }

    private static bool PrintsItself(Type type) =>
        type.GetMethod("PrintMembers", Declared) is not null && type.GetMethod("ToString", Declared, [])?.IsDefined(typeof(CompilerGeneratedAttribute)) == true;

    private static IEnumerable<Type> GetMembers(Type type) =>
        type.GetProperties(Declared).Where(property => property.GetMethod?.IsPublic == true).Select(property => property.PropertyType)
            .Concat(type.GetFields(Declared).Where(field => field.IsPublic).Select(field => field.FieldType));

    // What is made by others prints what it holds; the library's own types are looked at by themselves.
    private static bool MayHoldText(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return !type.IsPrimitive && !type.IsEnum && type != typeof(TimeSpan) && type != typeof(DateTimeOffset) && type.Assembly != typeof(OAuth2ClientOptions).Assembly;
    }

    private sealed record Printing(Uri Address);

    private readonly record struct PrintingStruct(int Number, string? Text);

    private sealed record Numbers(int Number, TimeSpan? Time);

    private sealed record Silent(string Text)
    {
        public override string ToString() => "";
    }
}
