using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Http.Logging;

namespace OAuthClient.DependencyInjection;

// The filter around all others, and so the last word on the handlers that carry credentials. What the factory logs of headers at Trace is redacted
// in its text, while the pairs that structured loggers write out hold the values. Nor may a failure quote an answer that echoes secrets.
internal sealed class HandlerChains : IHttpMessageHandlerBuilderFilter
{
    public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => chain =>
    {
        next(chain);
        var handlers = chain.AdditionalHandlers;
        var ours = handlers.OfType<AccessTokenHandler>().LastOrDefault();

        // As soon as can be, since a handler that several chains share may send for another first; and once more before the first call.
        if (chain.Name == OAuth2Defaults.TokenEndpointHttpClientName)
            TokenEndpointHttpClient.Restrict(chain);
        else if (ours is not null)
            Sender.TakeOver(chain.PrimaryHandler);
        else
            return;
        MoveResolvers(handlers, ours);

        // Asked for here and not before: a logger may itself be made with an HttpClient.
        var loggers = chain.Services.GetRequiredService<ILoggerFactory>();
        var factory = chain.Services.GetRequiredService<IOptionsMonitor<HttpClientFactoryOptions>>().Get(chain.Name);
        ShareBaseAddress(factory);
        if (ours is null or { HasCertificate: true })
            handlers.Add(new ClientCertificates(() => CreatePrimaryHandler(chain, factory, isForTokens: ours is null)));
        var category = $"System.Net.Http.HttpClient.{(string.IsNullOrEmpty(chain.Name) ? "Default" : chain.Name)}";
        for (var i = 0; i < handlers.Count; i++)
        {
            // Not those that the user has derived from them.
            if (handlers[i].GetType() == typeof(LoggingScopeHttpMessageHandler))
                handlers[i] = new LoggingScopeHttpMessageHandler(CreateLogger("LogicalHandler"), factory);
            else if (handlers[i].GetType() == typeof(LoggingHttpMessageHandler))
                handlers[i] = new LoggingHttpMessageHandler(CreateLogger("ClientHandler"), factory);
        }

        SteadyLogger CreateLogger(string handler) => new(loggers.CreateLogger($"{category}.{handler}"), factory.ShouldRedactHeaderValue);
    };

    // Who resolves logical addresses comes last: they are what may see the token, not what they stand for, which must be secure all the same.
    private static void MoveResolvers(IList<DelegatingHandler> handlers, AccessTokenHandler? ours)
    {
        var resolvers = handlers.Where(OriginCheck.IsResolver).ToArray();
        if (resolvers.Length == 0)
            return;
        foreach (var resolver in resolvers)
            handlers.Remove(resolver);
        var end = handlers.Count;
        while (end > 0 && OriginCheck.IsFactorys(handlers[end - 1]))
            end--;
        foreach (var resolver in resolvers)
            handlers.Insert(end++, resolver);
        handlers.Insert(end, new OriginCheck(ours is null ? Transport.CheckScheme : request => ours.Check(request, isResolved: true)));
    }

    private static HttpMessageHandler CreatePrimaryHandler(HttpMessageHandlerBuilder chain, HttpClientFactoryOptions factory, bool isForTokens)
    {
        var another = chain.Services.GetRequiredService<HttpMessageHandlerBuilder>();
        another.Name = chain.Name!;
        foreach (var configure in factory.HttpMessageHandlerBuilderActions)
            configure(another);
        if (isForTokens)
            TokenEndpointHttpClient.Restrict(another.PrimaryHandler);
        return another.PrimaryHandler;
    }

    // Has the base address known before there is an HttpClient: who asks for the handler alone, as gRPC does, has none.
    private static void ShareBaseAddress(HttpClientFactoryOptions factory)
    {
        using var client = new HttpClient();
        foreach (var configure in factory.HttpClientActions)
            configure(client);
    }
}
