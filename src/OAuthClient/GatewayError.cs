using System.Diagnostics;

namespace OAuthClient;

/// <summary>What a gateway of WSO2 (API Manager, Choreo, Bijira, API Platform) says in an answer that is an error, and what that means. Immutable.</summary>
/// <remarks>
/// Texts of the gateway are shortened to 256 characters, lose their control characters, and are not shown at all where they repeat a piece of a
/// credential that the request carried.
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class GatewayError
{
    /// <summary>The answer's status, 400 or more.</summary>
    public HttpStatusCode StatusCode { get; init; }

    /// <summary>The gateway's code, such as <c>900908</c>; null where it named none, as API Platform does.</summary>
    public string? Code { get; init; }

    /// <summary>The gateway's message, such as <c>Resource forbidden</c>; null where there is none.</summary>
    public string? Message { get; init; }

    /// <summary>The gateway's description of the error; null where there is none.</summary>
    public string? Description { get; init; }

    /// <summary>A sentence that says what it is, by code and status.</summary>
    public string Meaning { get; init; } = "";

    /// <summary>A sentence that says what to do. What it names in one word, such as <c>HeaderName</c>, is a setting of <see cref="OAuth2ClientOptions"/>.</summary>
    public string Remedy { get; init; } = "";

    /// <summary>What it means for the token. Default: <see cref="GatewayTokenVerdict.KeepToken"/>.</summary>
    public GatewayTokenVerdict TokenVerdict { get; init; }

    /// <summary>
    /// How long the gateway wants to be left alone, from zero to a day: by <c>Retry-After</c> (RFC 9110 §10.2.3), else by the instant that API
    /// Manager calls <c>nextAccessTime</c>; instants count from the answer's own <c>Date</c>. Null where it says nothing.
    /// </summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Status, code, the gateway's texts, meaning and remedy; fit to be logged.</summary>
    public override string ToString() =>
        $"{(int)StatusCode}{(Code is null ? "" : $", code {Code}")}{(Message is null ? "" : $", \"{Message}\"")}{(Description is null ? "" : $", \"{Description}\"")}. {Meaning} {Remedy}";
}
