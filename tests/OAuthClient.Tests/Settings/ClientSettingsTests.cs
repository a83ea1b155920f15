using System.Reflection;
using System.Security.Cryptography.X509Certificates;

namespace OAuthClient.Tests.Settings;

/// <summary>A change of any option is a change of the settings, and nothing else is.</summary>
public sealed class ClientSettingsTests
{
    private static readonly Func<CancellationToken, ValueTask<string>> _callback = _ => ValueTask.FromResult("secret");

    public static TheoryData<string> Names => [.. typeof(OAuth2ClientOptions).GetProperties().Select(property => property.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void SaysTheSameAs_AfterAnyOptionChanged_IsFalse(string name)
    {
        var changed = Create();
        Change(typeof(OAuth2ClientOptions).GetProperty(name)!, changed);

        Assert.False(new ClientSettings("orders", changed).SaysTheSameAs(new ClientSettings("orders", Create())));
    }

    /// <summary>One name for the life of the process, whatever is reloaded meanwhile.</summary>
    [Theory]
    [InlineData("auto")]
    [InlineData("Auto")]
    public void TokenBindingId_Auto_IsOneNameForTheProcess(string auto)
    {
        var first = new ClientSettings("orders", new OAuth2ClientOptions { TokenBindingId = auto }).TokenBindingId;
        var second = new ClientSettings("orders", new OAuth2ClientOptions { TokenBindingId = auto }).TokenBindingId;

        Assert.Equal(first, second);
        Assert.Matches("^[0-9a-f]{32}$", first);
        Assert.Equal("instance-2", new ClientSettings("orders", new OAuth2ClientOptions { TokenBindingId = "instance-2" }).TokenBindingId);
    }

    [Fact]
    public void SaysTheSameAs_AfterNothingChanged_IsTrue() =>
        Assert.True(new ClientSettings("orders", Create()).SaysTheSameAs(new ClientSettings("orders", Create())));

    [Fact]
    public void SaysTheSameAs_AfterTheClientNoLongerSendsAToken_IsFalse()
    {
        var changed = Create();
        changed.SendsNoToken = true;

        Assert.False(new ClientSettings("orders", changed).SaysTheSameAs(new ClientSettings("orders", Create())));
    }

    private static OAuth2ClientOptions Create() => new()
    {
        TokenEndpoint = new Uri("https://idp.example/token"),
        ClientId = "app",
        ClientSecretCallback = _callback,
        Scopes = { "a", "b" },
        Parameters = { ["x"] = "1" },
    };

    private static void Change(PropertyInfo property, OAuth2ClientOptions options)
    {
        var value = property.GetValue(options);
        if (value is IList<string> list)
        {
            list.Add("https://changed.example");
            return;
        }

        if (value is IList<int> numbers)
        {
            numbers.Add(403);
            return;
        }

        if (value is IDictionary<string, string> pairs)
        {
            pairs["x"] = "2";
            return;
        }

        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        property.SetValue(options, value switch
        {
            TimeSpan time => time + TimeSpan.FromSeconds(1),
            int number => number + 1,
            bool flag => !flag,
            _ when type == typeof(bool) => false,
            _ when type == typeof(string) => "changed",
            _ when type == typeof(Uri) => new Uri("https://idp.example/Token"),
            _ when type.IsEnum => Enum.GetValues(type).GetValue(1),
            _ when type == typeof(Func<CancellationToken, ValueTask<X509Certificate2>>) => (Func<CancellationToken, ValueTask<X509Certificate2>>)(_ => throw new InvalidOperationException()),
            _ when type == typeof(Func<DeviceCodePrompt, CancellationToken, ValueTask>) => (Func<DeviceCodePrompt, CancellationToken, ValueTask>)((_, _) => default),
            _ when type == typeof(Func<OAuth2RefreshToken, CancellationToken, ValueTask>) => (Func<OAuth2RefreshToken, CancellationToken, ValueTask>)((_, _) => default),
            _ => (Func<CancellationToken, ValueTask<string>>)(_ => ValueTask.FromResult("changed")),
        });
    }
}
