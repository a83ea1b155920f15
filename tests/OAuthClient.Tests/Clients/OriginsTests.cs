
namespace OAuthClient.Tests.Clients;

public sealed class OriginsTests
{
    [Theory]
    [InlineData("https://api.example/", true)]
    [InlineData("https://api.example", true)]
    [InlineData("https://api.example/orders?x=1#f", true)]
    [InlineData("https://api.example:443/orders", true)]
    [InlineData("HTTPS://API.Example/orders", true)]
    [InlineData("wss://api.example/orders", true)]
    [InlineData("wss://API.example:443/orders", true)]
    [InlineData("wss://api.example:8443/orders", false)]
    [InlineData("ws://api.example/orders", false)]
    [InlineData("ws://api.example:443/orders", false)]
    [InlineData("https://api.example:8443/orders", false)]
    [InlineData("http://api.example/orders", false)]
    [InlineData("http://api.example:443/orders", false)]
    [InlineData("https://api.example.evil.example/", false)]
    [InlineData("https://api.example@evil.example/", false)]
    [InlineData("https://evil.example/https://api.example/", false)]
    [InlineData("https://api.exampl\u0435/", false)]
    [InlineData("/orders", false)]
    public void Allows_EachSpelling_ComparesSchemeHostAndPort(string address, bool expected)
    {
        var origins = new Origins(allowInsecureHttp: false);
        origins.Add(new Uri("https://api.example/base/"));

        Assert.Equal(expected, origins.Find(new Uri(address, UriKind.RelativeOrAbsolute)) is not null);
    }

    [Theory]
    [InlineData("https://b\u00fccher.example/", "https://xn--bcher-kva.example/orders")]
    [InlineData("https://xn--bcher-kva.example/", "https://B\u00fccher.example/orders")]
    [InlineData("https://[::1]:8443/", "https://[0:0:0:0:0:0:0:1]:8443/orders")]
    [InlineData("wss://api.example/", "https://api.example/orders")]
    [InlineData("wss://api.example:8443/", "wss://api.example:8443/orders")]
    [InlineData("ws://localhost:5000/", "http://localhost:5000/orders")]
    [InlineData("http://127.0.0.1:5000/", "ws://127.0.0.1:5000/orders")]
    public void Allows_InternationalAndNumericHosts_ComparesWhatIsConnectedTo(string added, string asked)
    {
        var origins = new Origins(allowInsecureHttp: false);
        origins.Add(new Uri(added));

        Assert.NotNull(origins.Find(new Uri(asked)));
    }

    [Theory]
    [InlineData("https://[fe80::1%25eth0]/", "https://[fe80::1%25eth0]/orders", true)]
    [InlineData("https://[fe80::1%25eth0]/", "https://[fe80::1%25eth1]/orders", false)]
    [InlineData("https://[fe80::1%25eth0]/", "https://[fe80::1]/orders", false)]
    [InlineData("https://[fe80::1]/", "https://[fe80::1%25eth0]/orders", false)]
    [InlineData("https://api.example/", "https://api.example./orders", false)]
    [InlineData("https://127.0.0.1/", "https://[::ffff:127.0.0.1]/orders", false)]
    public void Allows_AddressesThatAreNearlyTheSame_TellsThemApart(string added, string asked, bool expected)
    {
        var origins = new Origins(allowInsecureHttp: false);
        origins.Add(new Uri(added));

        Assert.Equal(expected, origins.Find(new Uri(asked)) is not null);
    }

    [Theory]
    [InlineData("https://api.example", false, true)]
    [InlineData("http://api.example", false, false)]
    [InlineData("http://api.example", true, true)]
    [InlineData("http://localhost:5000", false, true)]
    [InlineData("http://127.0.0.1:5000", false, true)]
    [InlineData("http://[::1]:5000", false, true)]
    [InlineData("ftp://api.example", true, false)]
    public void IsSecure_EachSchemeAndHost_AllowsHttpOnLoopbackAlone(string address, bool allowInsecureHttp, bool expected) =>
        Assert.Equal(expected, Origin.IsSecure(new Uri(address), allowInsecureHttp));

    [Fact]
    public void Allows_KnownOriginSpeltAsUsual_AllocatesNothing()
    {
        var origins = new Origins(allowInsecureHttp: false);
        origins.Add(new Uri("https://api.example"));
        var addresses = Enumerable.Range(0, 100).Select(i => new Uri($"https://api.example/orders/{i}")).ToArray();
        origins.Find(addresses[0]);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var allowed = 0;
        foreach (var address in addresses)
            allowed += origins.Find(address) is null ? 0 : 1;
        var after = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(100, allowed);
        Assert.Equal(before, after);
    }
}
