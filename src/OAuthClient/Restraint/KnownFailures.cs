namespace OAuthClient.Restraint;

// What other instances know of a request's endpoint, of its client and of what its grant sends, and what it adds to that.
internal sealed class KnownFailures
{
    private readonly SharedFailures _failures;
    private readonly SharedFailure _endpoint;
    private readonly SharedFailure _client;
    private readonly SharedFailure _value;

    private KnownFailures(SharedFailures failures, SharedFailure endpoint, SharedFailure client, SharedFailure value) => (_failures, _endpoint, _client, _value) = (failures, endpoint, client, value);

    public TokenFailure? Bar => _client.Failure ?? _value.Failure ?? _endpoint.Failure; // Why the request must not be sent; null where it may.

    public static async ValueTask<KnownFailures> FindAsync(SharedFailures failures, TokenSpec request, string? fingerprint, Grant grant, long? dueSince, bool async)
    {
        var endpoint = await failures.FindAsync($"endpoint {(request.Client.TokenEndpoint ?? request.Client.Issuer)!.AbsoluteUri}", dueSince, async).ConfigureAwait(false);
        var client = await failures.FindAsync($"client {request.GetClientKey(fingerprint)}", null, async).ConfigureAwait(false);
        return new KnownFailures(failures, endpoint, client, await failures.FindAsync($"value {request.GetValueKey(grant)}", null, async).ConfigureAwait(false));
    }

    public async ValueTask NoteAsync(TokenFailure? failure, Refused refused, Grant grant, bool async)
    {
        if (failure is null)
        {
            await _failures.ForgetAsync(_endpoint, async).ConfigureAwait(false);
            await _failures.ForgetAsync(_client, async).ConfigureAwait(false);
            await _failures.ForgetAsync(_value, async).ConfigureAwait(false);
        }
        else if (failure is { WasTried: true, IsOutage: true })
        {
            await _failures.NoteAsync(_endpoint, failure, _failures.Outages, async).ConfigureAwait(false);
        }
        else if (refused != Refused.Request)
        {
            var isPassword = refused == Refused.Value && grant is PasswordGrant;
            await _failures.NoteAsync(refused == Refused.Client ? _client : _value, failure, isPassword ? _failures.RefusedPasswords : _failures.RefusedSecrets, async).ConfigureAwait(false);
        }
    }
}
