namespace OAuthClient.Http;

// Makes the request that follows a redirect (RFC 9110 §15.4).
internal static class Redirect
{
    // What belongs to the origin that it was made for. The client's own headers come on top.
    private static readonly string[] _originHeaders = ["Authorization", "Cookie", "Host", "Proxy-Authorization"];

    public static bool IsRedirect(HttpStatusCode status) => (int)status is 300 or 301 or 302 or 303 or 307 or 308;

    // A copy of the request for the address that the response names; null where it is not to be followed: no usable address, from https to http, or
    // content to be sent again that cannot be. The request itself stays as it is, for whoever sends it again.
    // isAttached: True where the credential headers are ours, which whoever sends the copy attaches anew; false where the caller may have set them.
    public static HttpRequestMessage? Create(HttpRequestMessage request, HttpResponseMessage response, bool isAttached, params ReadOnlySpan<string?> credentialHeaders)
    {
        var from = request.RequestUri!;
        if (response.Headers.Location is not { } location || !Uri.TryCreate(from, location, out var address) || Origin.GetHost(address) is null)
            return null;
        if (address.Scheme != Uri.UriSchemeHttps && !(Origin.IsLogical(address) && Origin.IsLogical(from)) && (address.Scheme != Uri.UriSchemeHttp || from.Scheme == Uri.UriSchemeHttps || from.Scheme == Uri.UriSchemeWss))
            return null;
        if (address.Fragment.Length == 0 && from.Fragment.Length > 0 && Uri.TryCreate(address, from.Fragment, out var withFragment))
            address = withFragment;

        var becomesGet = BecomesGet(response.StatusCode, request.Method);
        if (!becomesGet && !ResendRules.CanReplay(request.Content))
            return null;
        var next = new HttpRequestMessage(becomesGet ? HttpMethod.Get : request.Method, address)
        {
            Content = becomesGet ? null : request.Content,
            Version = request.Version,
            VersionPolicy = request.VersionPolicy,
        };
        foreach (var header in request.Headers.NonValidated)
            next.Headers.TryAddWithoutValidation(header.Key, header.Value);

        // A certificate is presented anew, to whom may see it.
        foreach (var option in request.Options.Where(option => option.Key != Transport.Certificate.Key))
            ((IDictionary<string, object?>)next.Options)[option.Key] = option.Value;
        if (becomesGet)
            next.Headers.TransferEncodingChunked = null;

        var isElsewhere = !new Origin(from).Matches(address);
        string?[] dropped = [.. isAttached || isElsewhere ? credentialHeaders : [], .. isElsewhere ? _originHeaders : []];
        foreach (var name in dropped.OfType<string>())
            next.Headers.Remove(name);
        return next;
    }

    private static bool BecomesGet(HttpStatusCode status, HttpMethod method) => status switch
    {
        HttpStatusCode.SeeOther => method != HttpMethod.Get && method != HttpMethod.Head,
        HttpStatusCode.MultipleChoices or HttpStatusCode.MovedPermanently or HttpStatusCode.Found => method == HttpMethod.Post,
        _ => false,
    };
}
