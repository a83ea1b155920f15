using CallApi;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OAuthClient;

if (args is ["--help" or "-h" or "-?", ..])
{
    Console.WriteLine(Usage.Text);
    return ExitCode.Success;
}

try
{
    var builder = Host.CreateEmptyApplicationBuilder(settings: null);
    builder.Configuration.AddSources(CommandLine.Parse(args));
    var settings = CallSettings.Read(builder.Configuration);
    var furtherClients = FurtherClients.Read(builder.Configuration);
    if (settings.LogLevel is { } level)
        builder.Logging.SetMinimumLevel(level).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

    // All that a program needs: the HttpClient "api" carries the token of the client that the section OAuth2 describes.
    // A redirect is reported unless it is to be followed; what follows it takes the token to allowed origins alone.
    builder.Services.AddOAuth2Client("api", builder.Configuration.GetSection("OAuth2"))
        .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = settings.FollowRedirects });

    // Those whose tokens another client exchanges: SubjectTokenClient, ActorTokenClient and AssertionClient name them.
    foreach (var section in furtherClients)
        builder.Services.AddOAuth2Client(section.Key, section);

    // Without a base address, the token may go to where the call goes.
    builder.Services.PostConfigure<OAuth2ClientOptions>("api", options => options.BaseAddress ??= settings.Origin);

    // Runs share their tokens where there is a store for them.
    settings.TokenStore?.AddTo(builder.Services);

    var tokenRequests = new TokenRequestCount();
    builder.Services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).AddHttpMessageHandler(tokenRequests.CreateHandler);

    using var host = builder.Build();
    await host.StartAsync();
    settings.Check(host.Services.GetRequiredService<IOptionsMonitor<OAuth2ClientOptions>>().Get("api"));
    var exitCode = await new Session(settings, host.Services, tokenRequests).RunAsync(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
    await host.StopAsync();
    return exitCode;
}
catch (OAuth2TokenException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return ExitCode.NoToken;
}
catch (Exception exception) when (exception is SettingsException or OptionsValidationException or InvalidOperationException)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return ExitCode.Configuration;
}
catch (AggregateException exception) when (exception.Flatten().InnerExceptions.All(inner => inner is OptionsValidationException))
{
    await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, exception.Flatten().InnerExceptions.Select(inner => inner.Message)));
    return ExitCode.Configuration;
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("Stopped before there was a token.");
    return ExitCode.NoToken;
}
