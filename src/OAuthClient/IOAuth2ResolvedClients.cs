namespace OAuthClient;

/// <summary>The clients that <c>AddOAuth2ClientResolver</c> has found, for the program to say what has become of them.</summary>
public interface IOAuth2ResolvedClients
{
    /// <summary>
    /// Asks the resolver for a client again, as after its secret has been changed. Tokens are kept where they are still good for it, as when a
    /// configuration file changes. A client that the resolver does not know any more is removed; where it cannot be asked, all stays as it was.
    /// </summary>
    /// <param name="clientName">The client's name.</param>
    /// <param name="cancellationToken">Ends the wait, and not the asking.</param>
    /// <exception cref="OAuth2TokenException">The resolver failed, took too long, or brought options that make no sense.</exception>
    ValueTask ReloadAsync(string clientName, CancellationToken cancellationToken = default);

    /// <summary>
    /// Forgets a client with its tokens, here and in the token store. What is under way with it ends as it would have; the next call that names it asks
    /// the resolver. The server is not told; see <see cref="IOAuth2TokenProvider.RevokeAsync"/>.
    /// </summary>
    /// <param name="clientName">The client's name; one that is not known is no error.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask RemoveAsync(string clientName, CancellationToken cancellationToken = default);
}
