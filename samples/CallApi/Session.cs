using Microsoft.Extensions.DependencyInjection;
using OAuthClient;

namespace CallApi;

/// <summary>One run of the program: show the token, call once or many times, revoke the token.</summary>
internal sealed class Session(CallSettings settings, IServiceProvider services, TokenRequestCount tokenRequests)
{
    private readonly HttpClient _httpClient = services.GetRequiredService<IHttpClientFactory>().CreateClient("api");
    private readonly IOAuth2TokenProvider _tokens = services.GetRequiredService<IOAuth2TokenProvider>();

    public async Task<int> RunAsync(CancellationToken stop)
    {
        if (settings.ShowToken)
            await ShowTokenAsync(stop);
        var exitCode = settings.Url is null ? ExitCode.Success : await CallAsync(new ApiCall(_httpClient, settings), stop);
        if (settings.Revoke)
        {
            await _tokens.RevokeAsync("api", cancellationToken: CancellationToken.None);
            await Console.Error.WriteLineAsync("The token was revoked.");
        }

        return exitCode;
    }

    private async Task ShowTokenAsync(CancellationToken stop)
    {
        try
        {
            Console.WriteLine(TokenText.Describe(await _tokens.GetTokenAsync("api", cancellationToken: stop), TimeProvider.System.GetUtcNow()));
            if (settings.TokenStore is not null)
                Console.WriteLine($"  came from: {(tokenRequests.Value == 0 ? "the token store" : "the token endpoint")}");
        }
        catch (OAuth2TokenException) when (settings.IsRun)
        {
            // The calls meet the same failure, and their report tells it.
        }
    }

    private async Task<int> CallAsync(ApiCall call, CancellationToken stop)
    {
        var report = new CallReport();
        if (!settings.IsRun)
        {
            await using var output = Console.OpenStandardOutput();
            await call.SendAsync(report.AddWorker(capacity: 1), output, stop);
            if (!Console.IsOutputRedirected)
                Console.WriteLine();
        }
        else
        {
            var run = CallRunner.RunAsync(call, settings, report, stop);
            await ProgressDisplay.ShowAsync(report, settings, run);
            await run;
            Console.WriteLine(report.ToLine(tokenRequests.Value));
        }

        if (report.DescribeFailure() is { } failure)
            await Console.Error.WriteLineAsync(failure);
        return report.ExitCode;
    }
}
