using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient;
using Spectre.Console;

namespace CallApi;

/// <summary>One run of the program: show the token, call once or many times, revoke the token.</summary>
internal sealed class Session(CallSettings settings, IServiceProvider services, Wire wire, Terminal terminal)
{
    private readonly HttpClient _httpClient = services.GetRequiredService<IHttpClientFactory>().CreateClient(ClientHost.Name);
    private readonly IOAuth2TokenProvider _tokens = services.GetRequiredService<IOAuth2TokenProvider>();

    public async Task<int> RunAsync(CancellationToken stop)
    {
        if (settings.ShowToken)
            await ShowTokenAsync(stop);
        var exitCode = settings.Url is null ? ExitCode.Success : await CallAsync(new ApiCall(_httpClient, settings), stop);
        if (settings.Revoke)
        {
            await _tokens.RevokeAsync(ClientHost.Name, cancellationToken: CancellationToken.None);
            terminal.WriteError("The token was revoked.");
        }

        return exitCode;
    }

    private async Task ShowTokenAsync(CancellationToken stop)
    {
        try
        {
            terminal.WriteLine(TokenText.Describe(await _tokens.GetTokenAsync(ClientHost.Name, cancellationToken: stop), TimeProvider.System.GetUtcNow()));
            if (settings.TokenStore is not null)
                terminal.WriteLine($"  came from: {(wire.TokenRequests == 0 ? "the token store" : "the token endpoint")}");
        }
        catch (OAuth2TokenException) when (settings.IsRun)
        {
            // The calls meet the same failure, and their report tells it.
        }
    }

    private async Task<int> CallAsync(ApiCall call, CancellationToken stop)
    {
        var report = new CallReport();
        if (settings.IsRun)
        {
            var run = CallRunner.RunAsync(call, settings, report, stop);
            await ProgressDisplay.ShowAsync(report, settings, run, terminal);
            await run;
            terminal.WriteLine(report.ToLine(wire.TokenRequests));
        }
        else
        {
            await CallOnceAsync(call, report, stop);
        }

        if (report.DescribeFailure() is { } failure)
        {
            terminal.WriteError(failure, report.ExitCode == ExitCode.NoToken ? Color.Red : Color.Yellow);
            if (terminal.ShowsErrors && !settings.Silent && report.Calls > 0)
                terminal.WriteError("callapi doctor, with the same options, looks for the cause step by step.", Terminal.Faint);
        }

        return report.ExitCode;
    }

    private async Task CallOnceAsync(ApiCall call, CallReport report, CancellationToken stop)
    {
        var writer = new AnswerWriter(settings, terminal);
        string? answer = null;
        var start = TimeProvider.System.GetTimestamp();
        await call.SendAsync(report.AddWorker(capacity: 1), ShowAsync, stop);

        // A body need not end with its line, and what is said of it must not run on in there.
        if (terminal.IsMixed && !writer.EndsInLine)
            terminal.WriteError("");
        if (answer is not null && !settings.Silent && (terminal.ShowsErrors || settings.LogLevel is not null))
            terminal.WriteError(answer, Terminal.Faint);

        async Task ShowAsync(HttpResponseMessage response)
        {
            var (whole, token) = (TimeProvider.System.GetElapsedTime(start).TotalMilliseconds, wire.TokenTime.TotalMilliseconds);
            await writer.WriteAsync(response, stop);
            answer = string.Create(CultureInfo.InvariantCulture, $"{(int)response.StatusCode} {ApiFailure.Clean(response.ReasonPhrase ?? "")}, {response.Content.Headers.ContentLength ?? 0:N0} bytes, {whole:N0} ms{(wire.TokenRequests > 0 ? $", {token:N0} ms of them for the token" : "")}");
        }
    }
}
