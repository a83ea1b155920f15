namespace OAuthClient.Clients;

// How clients that are known only at run time are found, as the application says.
// resolve: Brings a client's checked options.
internal sealed class ClientResolver(Func<string, CancellationToken, Task<OAuth2ClientOptions?>> resolve, OAuth2ClientResolverOptions limits)
{
    public ResolvedClients Create(Func<string, bool, CancellationToken, ValueTask<string>> findToken, TokenEngine engine) => new(resolve, limits, findToken, engine);
}
