namespace OAuthClient;

/// <summary>The names of the environment variables of one connection, where they are not those that Choreo or Devant give.</summary>
public sealed class ConnectionVariables
{
    /// <summary>The variable that holds the service's URL. Default: <c>CHOREO_&lt;NAME&gt;_SERVICEURL</c>.</summary>
    public string? ServiceUrl { get; set; }

    /// <summary>The variable that holds the consumer key, which is the client id. Default: <c>CHOREO_&lt;NAME&gt;_CONSUMERKEY</c>.</summary>
    public string? ConsumerKey { get; set; }

    /// <summary>The variable that holds the consumer secret, which is the client secret. Default: <c>CHOREO_&lt;NAME&gt;_CONSUMERSECRET</c>.</summary>
    public string? ConsumerSecret { get; set; }

    /// <summary>The variable that holds the token endpoint. Default: <c>CHOREO_&lt;NAME&gt;_TOKENURL</c>.</summary>
    public string? TokenUrl { get; set; }

    /// <summary>The variable that holds the API key. Default: <c>CHOREO_&lt;NAME&gt;_CHOREOAPIKEY</c>.</summary>
    public string? ApiKey { get; set; }
}
