using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.Hosting;

namespace OAuthClient.Testing.Gateway;

/// <summary>An error answer of the gateway: its status, WSO2's code, and what they mean.</summary>
internal sealed record GatewayError(int StatusCode, string Code, string Message, string Description)
{
    public static readonly GatewayError MissingCredentials = new(401, "900902", "Missing Credentials", "Make sure your API invocation call has the header, scheme and token this API expects");
    public static readonly GatewayError TwoCredentials = new(400, "400", "Bad Request", "The token came more than once");
    public static readonly GatewayError InvalidCredentials = new(401, "900901", "Invalid Credentials", "Make sure you have provided the correct security credentials");
    public static readonly GatewayError TokenExpired = new(401, "900903", "Access Token Expired", "Renew the access token and try again");
    public static readonly GatewayError WrongKeyType = new(403, "900912", "Invalid Key Type", "The key is for the other one of production and sandbox");
    public static readonly GatewayError NotSubscribed = new(403, "900908", "Resource forbidden", "User is NOT authorized to access the Resource. API Subscription validation failed.");
    public static readonly GatewayError WrongCredentialHeader = new(403, "900908", "Resource forbidden", "A header is missing or wrong");
    public static readonly GatewayError MissingScope = new(403, "900910", "The access token does not allow you to access the requested resource", "User is NOT authorized to access the Resource. Scope validation failed.");
    public static readonly GatewayError Blocked = new(403, "900805", "Message blocked", "You have been blocked from accessing the resource");

    /// <summary>The scope that would have been needed.</summary>
    public string? Scope { get; init; }

    /// <summary>Whether the token came, or should have come, by the scheme DPoP, so that the challenge is of it.</summary>
    public bool OverDPoP { get; init; }

    /// <summary>The name of the check that refuses, where it has one.</summary>
    public string? Check { get; private init; }

    /// <summary>The error code of RFC 9449 section 7.1, where RFC 6750 has none.</summary>
    private string? OwnError { get; init; }

    /// <summary>The error code of RFC 6750 section 3.1; a request without a token has none, nor has what no token would mend.</summary>
    private string? BearerError => OwnError ?? Code switch
    {
        "400" => "invalid_request",
        "900901" or "900903" => "invalid_token",
        "900910" => "insufficient_scope",
        _ => null,
    };

    /// <summary>A token that came without what it is bound to.</summary>
    public static GatewayError OfBinding(string error, string description, string check) =>
        InvalidCredentials with { OwnError = error, Description = $"{description} ({check}).", Check = check };

    /// <summary>What the gateway usually sends with a status when it is told to fail.</summary>
    public static GatewayError Usual(int statusCode) => statusCode switch
    {
        401 => InvalidCredentials,
        403 => NotSubscribed,
        404 => new(404, "900906", "No matching resource found for given API Request", "Check the API documentation and add a proper REST resource path to the invocation URL"),
        429 => new(429, "900802", "Message throttled out", "You have exceeded your quota"),
        500 => new(500, "102500", "Internal Server Error", "The upstream failed"),
        503 => new(503, "102503", "Service Unavailable", "The upstream connection failed"),
        504 => new(504, "102504", "Gateway Timeout", "The upstream did not answer in time"),
        _ => new(statusCode, $"{statusCode}", "Error", "The gateway was told to fail"),
    };

    public Task WriteAsync(HttpContext context, OAuth2TestServerOptions options)
    {
        var response = context.Response;
        var isAuthenticationFailure = StatusCode is 401 or 403;
        var challenged = OverDPoP || options.Strict || options.GatewayErrorFormat is GatewayErrorFormat.Rfc6750 || (options.ScopeChallenges && Scope is not null);
        if (Check is not null)
            options.FailedChecks.Add(Check);
        if (OverDPoP)
            ChallengeOverDPoP(response);
        else if (challenged)
            ChallengeAsRfc6750(response, options);
        switch (options.GatewayErrorFormat)
        {
            case GatewayErrorFormat.ApiManagerXml:
                Challenge(response, StatusCode is 401 && !challenged, "OAuth2 realm=\"WSO2 API Manager\"");
                return WriteXmlAsync(context);
            case GatewayErrorFormat.ApiManager:
                Challenge(response, StatusCode is 401 && !challenged, "OAuth2 realm=\"WSO2 API Manager\"");
                return JsonAnswer.WriteAsync(response, StatusCode, ("code", Code), ("message", Message), ("description", Description));
            case GatewayErrorFormat.ApiPlatform:
                return JsonAnswer.WriteAsync(response, StatusCode, ("error", Reason()), ("message", StatusCode is 401 ? "Authentication failed" : Message));
            case GatewayErrorFormat.Rfc6750:
                return JsonAnswer.WriteAsync(response, StatusCode, ("error", BearerError), ("error_description", BearerError is null ? null : Description));
            default:
                Challenge(response, isAuthenticationFailure && !challenged, "Bearer realm=\"Choreo Connect\"", ResourceMetadata(options));
                return JsonAnswer.WriteAsync(response, StatusCode, ("error_message", Message), ("code", Code), ("error_description", Description));
        }
    }

    private static void Challenge(HttpResponse response, bool applies, string challenge, string more = "")
    {
        if (applies)
            response.Headers.WWWAuthenticate = $"{challenge}, error=\"invalid_token\", error_description=\"The provided token is invalid\"{more}";
    }

    private string ResourceMetadata(OAuth2TestServerOptions options) =>
        StatusCode is 401 && options.ResourceMetadata is { } document ? $", resource_metadata=\"{document.AbsoluteUri}\"" : "";

    private void ChallengeAsRfc6750(HttpResponse response, OAuth2TestServerOptions options)
    {
        if (StatusCode is not 401 && BearerError is null)
            return;
        var challenge = $"{(options.HeaderScheme.Length > 0 ? options.HeaderScheme : "Bearer")} realm=\"api\"";
        if (BearerError is { } error)
            challenge += $", error=\"{error}\", error_description=\"{Description}\"";
        if (Scope is { } scope)
            challenge += $", scope=\"{scope}\"";
        response.Headers.WWWAuthenticate = challenge + ResourceMetadata(options);
    }

    private void ChallengeOverDPoP(HttpResponse response)
    {
        if (BearerError is { } error)
            response.Headers.WWWAuthenticate = $"DPoP error=\"{error}\", error_description=\"{Description}\"{(Scope is null ? "" : $", scope=\"{Scope}\"")}, algs=\"ES256\"";
    }

    private string Reason() => StatusCode switch
    {
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        _ => Message,
    };

    private Task WriteXmlAsync(HttpContext context)
    {
        var (prefix, family) = StatusCode is 401 or 403 ? ("ams", "security") : ("am", StatusCode is 429 ? "throttling" : "fault");
        var xml = $"<{prefix}:fault xmlns:{prefix}=\"http://wso2.org/apimanager/{family}\"><{prefix}:code>{Code}</{prefix}:code>"
            + $"<{prefix}:message>{WebUtility.HtmlEncode(Message)}</{prefix}:message><{prefix}:description>{WebUtility.HtmlEncode(Description)}</{prefix}:description></{prefix}:fault>";
        context.Response.StatusCode = StatusCode;
        context.Response.ContentType = "application/xml; charset=UTF-8";
        return context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(xml), context.RequestAborted).AsTask();
    }
}
