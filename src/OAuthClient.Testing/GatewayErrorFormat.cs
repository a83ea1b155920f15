namespace OAuthClient.Testing;

/// <summary>The shape of the gateway's own error bodies.</summary>
public enum GatewayErrorFormat
{
    /// <summary>
    /// Choreo and Bijira: <c>{"error_message":"...","code":"900901","error_description":"..."}</c>. Every authentication failure,
    /// 403 included, carries <c>WWW-Authenticate: Bearer realm="Choreo Connect", error="invalid_token"</c>. The default.
    /// </summary>
    ChoreoConnect,

    /// <summary>
    /// API Manager: <c>{"code":"900901","message":"...","description":"..."}</c>. A 401 carries
    /// <c>WWW-Authenticate: OAuth2 realm="WSO2 API Manager"</c>, whose scheme is not <c>Bearer</c>.
    /// </summary>
    ApiManager,

    /// <summary>API Manager answering XML: <c>&lt;ams:fault xmlns:ams="http://wso2.org/apimanager/security"&gt;</c>.</summary>
    ApiManagerXml,

    /// <summary>The API Platform gateway: <c>{"error":"Unauthorized","message":"Authentication failed"}</c>, without any code.</summary>
    ApiPlatform,

    /// <summary>
    /// A resource server by RFC 6750: <c>{"error":"invalid_token","error_description":"..."}</c>, and the same in <c>WWW-Authenticate: Bearer</c>. Without
    /// a token the challenge is bare; a missing scope is <c>insufficient_scope</c> and named.
    /// </summary>
    Rfc6750,
}
