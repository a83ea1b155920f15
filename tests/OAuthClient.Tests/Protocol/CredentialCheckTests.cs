namespace OAuthClient.Tests.Protocol;

/// <summary>What is told of keys and certificates when the host starts, to the letter.</summary>
public sealed class CredentialCheckTests : IDisposable
{
    private const string NoKey = "is of no use: it is no PEM, JWK or PFX with a private key";
    private const string TooShort = "The ClientSecret is of no use: it has less than 16 bytes, too few to sign with (RFC 7518 §3.2 asks for 32).";

    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public CredentialCheckTests() => File.WriteAllText(_file, "no key");

    /// <summary>What is set, by what proves the client, and what is told of it.</summary>
    public static TheoryData<string, Action<OAuth2ClientOptions, string>, string?> Settings => new()
    {
        { "key", (o, _) => (o.ClientAuthenticationMethod, o.PrivateKey) = (ClientAuthenticationMethod.PrivateKeyJwt, "no key"), $"The PrivateKey {NoKey}." },
        { "key in a file", (o, file) => (o.ClientAuthenticationMethod, o.PrivateKeyFile) = (ClientAuthenticationMethod.PrivateKeyJwt, file), $"The PrivateKeyFile '{{0}}' {NoKey}." },
        { "key in no file", (o, file) => (o.ClientAuthenticationMethod, o.PrivateKeyFile) = (ClientAuthenticationMethod.PrivateKeyJwt, file + "x"), "PrivateKeyFile cannot be read: Could not find file '{0}x'." },
        { "key of a callback", (o, _) => (o.ClientAuthenticationMethod, o.PrivateKeyCallback) = (ClientAuthenticationMethod.PrivateKeyJwt, _ => new("no key")), null },
        { "key that nobody needs", (o, _) => (o.ClientAuthenticationMethod, o.PrivateKey) = (ClientAuthenticationMethod.ClientSecretBasic, "no key"), null },
        { "key without a method", (o, _) => o.PrivateKey = "no key", null },
        { "secret that signs", (o, _) => (o.ClientAuthenticationMethod, o.ClientSecret) = (ClientAuthenticationMethod.ClientSecretJwt, "short"), TooShort },
        { "secret that signs nothing", (o, _) => (o.ClientAuthenticationMethod, o.ClientSecret) = (ClientAuthenticationMethod.ClientSecretBasic, "short"), null },
        { "certificate", (o, file) => o.ClientCertificateFile = file, "The ClientCertificateFile '{0}' is of no use: it is no PFX, and no PEM with the private key that belongs to it." },
        { "certificate in no file", (o, file) => o.ClientCertificateFile = file + "x", "ClientCertificateFile cannot be read: Could not find file '{0}x'." },
        { "certificate's key in no file", (o, file) => (o.ClientCertificateFile, o.ClientCertificateKeyFile) = (file, file + "x"), "ClientCertificateFile cannot be read: Could not find file '{0}x'." },
        { "proof", (o, file) => (o.DPoP, o.DPoPKeyFile) = (true, file), "DPoP is of no use: the DPoPKeyFile '{0}' cannot be read, or holds no P-256 key in PEM or as a JWK." },
        { "proof that is made", (o, _) => o.DPoP = true, null },
        { "proof that nobody needs", (o, file) => o.DPoPKeyFile = file, null },
        { "nothing", (_, _) => { }, null },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Find_OfWhatIsSet_TellsWhatIsOfNoUse(string what, Action<OAuth2ClientOptions, string> set, string? says)
    {
        var options = new OAuth2ClientOptions();
        set(options, _file);

        var found = CredentialCheck.Find(options).ToArray();

        Assert.True(says is null == (found.Length == 0), what);
        Assert.Equal(says is null ? [] : [says.Replace("{0}", _file, StringComparison.Ordinal)], found);
    }

    [Fact]
    public void Find_OfSeveralThings_TellsOfEach()
    {
        var options = new OAuth2ClientOptions { ClientAuthenticationMethod = ClientAuthenticationMethod.PrivateKeyJwt, PrivateKey = "no key", ClientCertificateFile = _file, DPoP = true, DPoPKeyFile = _file };

        Assert.Equal(["The PrivateKey", "The ClientCertificateFile", "DPoP is of no use"], CredentialCheck.Find(options).Select(fault => fault[..fault.IndexOf(fault[0] == 'D' ? ':' : ' ', 4)]));
    }

    public void Dispose() => File.Delete(_file);
}
