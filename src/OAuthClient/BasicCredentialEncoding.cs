namespace OAuthClient;

/// <summary>How client id and secret are written before they are joined by a colon and base64-encoded.</summary>
public enum BasicCredentialEncoding
{
    /// <summary>Each is form-url-encoded first, as RFC 6749 §2.3.1 says. The default where no provider says otherwise.</summary>
    FormUrlEncoded,

    /// <summary>As they are, which is what WSO2's servers read. The default of every built-in provider.</summary>
    Raw,
}
