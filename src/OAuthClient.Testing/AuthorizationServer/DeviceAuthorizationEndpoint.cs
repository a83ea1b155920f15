using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.AuthorizationServer.Grants;
using OAuthClient.Testing.Hosting;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>Where a device asks for its codes (RFC 8628 section 3.1), at one issuer.</summary>
internal sealed class DeviceAuthorizationEndpoint(OAuth2TestServerOptions options, TestIssuer issuer, Uri verification, ClientAuthenticator authenticator, DeviceCodes devices)
{
    public async Task HandleAsync(HttpContext context)
    {
        var (form, error) = await RequestForm.ReadAsync(context.Request, options).ConfigureAwait(false);
        TestClient? client = null;
        IReadOnlyList<string>? scopes = null;
        error ??= authenticator.Authenticate(context.Request, form, out client) ?? Check(client!) ?? ScopePolicy.Grant(options, client!, ScopePolicy.Read(form), out scopes);
        if (error is not null)
        {
            await error.WriteAsync(context.Response, options).ConfigureAwait(false);
            return;
        }

        context.Response.Headers.CacheControl = "no-store";
        var device = devices.Add(issuer, client!, scopes!);
        var lifetime = TokenMinter.SecondsLeft(device.ExpiresAt, options.TimeProvider.GetUtcNow());
        await JsonAnswer.WriteAsync(context.Response, 200, (device, verification, lifetime), static (writer, state) =>
        {
            var (device, verification, lifetime) = state;
            writer.WriteStartObject();
            writer.WriteString("device_code", device.DeviceCode);
            writer.WriteString("user_code", device.UserCode);
            writer.WriteString("verification_uri", verification.AbsoluteUri);
            writer.WriteString("verification_uri_complete", $"{verification.AbsoluteUri}?user_code={device.UserCode}");
            writer.WriteNumber("expires_in", lifetime);
            // Rounded up: whoever keeps to it is never too early.
            writer.WriteNumber("interval", (long)Math.Ceiling(device.Interval.TotalSeconds));
            writer.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private static OAuthError? Check(TestClient client) => client.GrantTypes.Contains(BuiltInGrants.DeviceCode)
        ? null
        : new OAuthError(400, "unauthorized_client", $"The client '{client.ClientId}' may not use the grant '{BuiltInGrants.DeviceCode}'.");
}
