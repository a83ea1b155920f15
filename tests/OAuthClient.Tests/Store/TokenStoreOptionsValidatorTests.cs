using Microsoft.Extensions.Options;

namespace OAuthClient.Tests.Store;

public sealed class TokenStoreOptionsValidatorTests : IDisposable
{
    private const string NoKey = "is no key: 32 random bytes in base64 are wanted, as 'openssl rand -base64 32' makes them.";

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Validate_OfWhatIsEnough_Succeeds()
    {
        File.WriteAllText(_file, $"\uFEFF{MemoryTokenStore.Key}\r\n");
        Action<OAuth2TokenStoreOptions>[] enough =
        [
            options => options.Key = MemoryTokenStore.Key,
            options => options.KeyFile = _file,
            options => options.KeyCallback = static _ => new(MemoryTokenStore.Key),
            Protect,
            options => options.AllowUnencrypted = true,
            options =>
            {
                options.Key = MemoryTokenStore.Key;
                Protect(options);
            },
            options => (options.Key, options.Timeout) = (MemoryTokenStore.Key, TimeSpan.FromMilliseconds(10)),
            options => (options.Key, options.Timeout) = (MemoryTokenStore.Key, TimeSpan.FromSeconds(10)),
        ];

        Assert.All(enough, configure => Assert.Empty(Validate(configure)));
    }

    [Fact]
    public void Validate_WithNothingToSealWith_IsASentence() => Assert.Equal(
        ["OAuth2 token store: there is nothing to seal the tokens with. Set Key or KeyFile (32 random bytes in base64, as 'openssl rand -base64 32' makes them, the same for all instances), or Protect and Unprotect; or say that tokens may be stored as they are with AllowUnencrypted."],
        Validate(_ => { }));

    [Fact]
    public void Validate_WithSeveralKeys_IsASentence() => Assert.Equal(
        ["OAuth2 token store: only one of Key, KeyFile and KeyCallback may be set."],
        Validate(options => (options.Key, options.KeyCallback) = (MemoryTokenStore.Key, static _ => new(MemoryTokenStore.Key))));

    [Fact]
    public void Validate_OfAKeyBesideAllowUnencrypted_IsASentence() => Assert.Equal(
        ["OAuth2 token store: AllowUnencrypted contradicts the key. Remove one of them."],
        Validate(options => (options.Key, options.AllowUnencrypted) = (MemoryTokenStore.Key, true)));

    [Fact]
    public void Validate_WithHalfAProtector_IsASentence()
    {
        const string Fault = "OAuth2 token store: Protect and Unprotect belong together, and one of them is not set.";

        Assert.Equal([Fault], Validate(options => options.Protect = static bytes => bytes));
        Assert.Equal([Fault], Validate(options => (options.Key, options.Unprotect) = (MemoryTokenStore.Key, static bytes => bytes)));
    }

    [Theory]
    [InlineData(-0.001)]
    [InlineData(0)]
    [InlineData(0.009)]
    [InlineData(10.001)]
    public void Validate_WithATimeoutOutOfRange_IsASentence(double seconds)
    {
        var timeout = TimeSpan.FromSeconds(seconds);

        Assert.Equal(
            [$"OAuth2 token store: Timeout must be from 00:00:00.0100000 to 00:00:10, but is {timeout:c}."],
            Validate(options => (options.Key, options.Timeout) = (MemoryTokenStore.Key, timeout)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("s3cr3t")]
    public void Validate_OfAKeyThatIsNone_IsASentenceWithoutIt(string key) =>
        Assert.Equal([$"OAuth2 token store: what Key holds {NoKey}"], Validate(options => options.Key = key));

    [Fact]
    public void Validate_OfAKeyFileWithoutKey_IsASentenceWithoutIt()
    {
        File.WriteAllText(_file, "s3cr3t");

        Assert.Equal([$"OAuth2 token store: the KeyFile '{_file}' {NoKey}"], Validate(options => options.KeyFile = _file));
    }

    [Fact]
    public void Validate_OfAnEmptyKeyFile_IsASentence() => Assert.Equal([$"OAuth2 token store: the KeyFile '{_file}' is empty."], Validate(options => options.KeyFile = _file));

    [Fact]
    public void Validate_OfAKeyFileThatIsMissing_IsASentence()
    {
        File.Delete(_file);

        Assert.Equal([$"OAuth2 token store: the KeyFile '{_file}' cannot be read: Could not find file '{_file}'."], Validate(options => options.KeyFile = _file));
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("/")]
    public void Validate_OfAKeyFileThatIsNoFile_IsASentence(string path) =>
        Assert.StartsWith($"OAuth2 token store: the KeyFile '{path}' cannot be read: ", Assert.Single(Validate(options => options.KeyFile = path)), StringComparison.Ordinal);

    [Theory]
    [InlineData(9)]
    [InlineData(60_001)]
    public void Validate_OfAConnectTimeoutThatIsNoTimeToWait_IsASentence(int milliseconds) =>
        Assert.StartsWith("OAuth2 token store: ConnectTimeout must be from 00:00:00.0100000 to 00:01:00, but is ", Assert.Single(Validate(options => (options.Key, options.ConnectTimeout) = (MemoryTokenStore.Key, TimeSpan.FromMilliseconds(milliseconds)))), StringComparison.Ordinal);

    [Fact]
    public void Validate_OfSeveralFaults_TellsAll() => Assert.Equal(4, Validate(options =>
    {
        (options.Key, options.AllowUnencrypted, options.Timeout) = ("s3cr3t", true, TimeSpan.Zero);
        options.Protect = static bytes => bytes;
    }).Count());

    private static void Protect(OAuth2TokenStoreOptions options) => (options.Protect, options.Unprotect) = (static bytes => bytes, static bytes => bytes);

    private static IEnumerable<string> Validate(Action<OAuth2TokenStoreOptions> configure)
    {
        var options = new OAuth2TokenStoreOptions();
        configure(options);
        return new TokenStoreOptionsValidator().Validate(Options.DefaultName, options).Failures ?? [];
    }
}
