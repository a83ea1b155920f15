using System.Collections.Frozen;

namespace OAuthClient.Testing.AuthorizationServer.Grants;

/// <summary>The poll of a device (RFC 8628 section 3.4). Its scopes are those that it asked for with its codes.</summary>
internal sealed class DeviceCodeGrant(FrozenDictionary<string, TestUser> users, DeviceCodes devices) : IGrant
{
    public OAuthError? Check(GrantRequest request, out Grant? grant)
    {
        grant = null;
        if (request["device_code"] is not { } code)
            return GrantRequest.Missing("device_code");
        if (devices.Redeem(code, request.Issuer, request.Client, out var device) is { } refusal)
            return refusal;
        var username = device!.Username!;
        grant = new Grant(new Authorization(request.Issuer, request.Client, users.GetValueOrDefault(username), username)) { Scopes = device.Scopes, WithRefreshToken = true };
        return null;
    }
}
