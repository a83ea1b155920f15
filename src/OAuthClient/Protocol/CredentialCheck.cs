namespace OAuthClient.Protocol;

// Finds keys and certificates that are of no use, when the host starts. Those that callbacks return are asked for no sooner than they are needed.
internal static class CredentialCheck
{
    public static IEnumerable<string> Find(OAuth2ClientOptions options)
    {
        var method = options.ClientAuthenticationMethod;
        return new[]
        {
            method == ClientAuthenticationMethod.PrivateKeyJwt
                ? Check(nameof(options.PrivateKey), options.PrivateKey, options.PrivateKeyFile, null, text => SigningKey.Read(text, options.PrivateKeyPassword, options.ClientAssertionAlgorithm)) : null,
            method == ClientAuthenticationMethod.ClientSecretJwt
                ? Check(nameof(options.ClientSecret), options.ClientSecret, null, null, text => SigningKey.FromSecret(text, options.ClientAssertionAlgorithm)) : null,
            Check("ClientCertificate", null, options.ClientCertificateFile, options.ClientCertificateKeyFile, text => CertificateFiles.Read(text, options.ClientCertificatePassword)),
            options.DPoP ? FindFault(() => DPoPProver.Create(options.DPoPKeyFile)) is { } fault ? $"DPoP {fault}." : null : null,
        }.OfType<string>();
    }

    private static string? Check(string setting, string? value, string? file, string? secondFile, Func<string, object> read)
    {
        try
        {
            SecretSource.Create(setting, value, file, null, "", secondFile)?.ReadAsync(async: false, CancellationToken.None, text => FindFault(() => read(text))).AsTask().GetAwaiter().GetResult();
            return null;
        }
        catch (SecretException exception)
        {
            var message = exception.Message.TrimEnd('.');
            return message.StartsWith($"the {setting}", StringComparison.Ordinal) ? $"The{message[3..]}." : $"{setting}{(file is null ? "" : "File")} cannot be read: {message}.";
        }
    }

    // Why a text is of no use from which that cannot be made, else null.
    public static string? FindFault(Func<object> make)
    {
        try
        {
            make();
            return null;
        }
        catch (InvalidOperationException exception)
        {
            return $"is of no use: {exception.Message}";
        }
    }
}
