using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OAuthClient;

namespace CallApi;

/// <summary>The steps from settings to an answer of the API, in their order. Each finds what those after it need.</summary>
internal sealed class Checkup(Dictionary<string, string?> arguments, Terminal terminal) : IAsyncDisposable
{
    private readonly Redactor _redactor = new();
    private readonly Wire _wire = new();
    private readonly List<Finding> _doubts = [];
    private IConfiguration _configuration = null!;
    private CallSettings _settings = null!;
    private IHost? _host;
    private OAuth2ClientOptions _options = null!;
    private Uri _tokenServer = null!;
    private string _tokenServerSetting = "OAuth2:TokenEndpoint";
    private OAuth2Token _token = null!;
    private ApiCall? _call;

    /// <summary>Goes through the steps until one fails, and hands over what each found.</summary>
    public async Task RunAsync(Action<Finding> show, CancellationToken stop)
    {
        (string Name, Func<CancellationToken, Task<Finding>> Check)[] steps =
        [
            ("settings", CheckSettingsAsync), ("secret", _ => Task.FromResult(CheckSecret())), ("host", ResolveAsync), ("connection", ConnectAsync), ("metadata", ReadMetadataAsync),
            ("token", GetTokenAsync), ("claims", _ => Task.FromResult(CheckClaims())), ("API", ReachApiAsync), ("header", _ => Task.FromResult(CheckHeader())), ("call", CallAsync),
        ];
        var hasFailed = false;
        foreach (var (name, check) in steps)
        {
            var finding = hasFailed ? Finding.Skip("not reached") : await check(stop);
            finding = finding with { Step = name, Text = _redactor.Clean(finding.Text)!, Remedy = _redactor.Clean(finding.Remedy) };
            if (finding.State == State.Warning)
                _doubts.Add(finding);
            hasFailed |= finding.State == State.Failed;
            show(finding);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is null)
            return;
        await _host.StopAsync();
        _host.Dispose();
    }

    private async Task<Finding> CheckSettingsAsync(CancellationToken stop)
    {
        try
        {
            _configuration = new ConfigurationBuilder().AddSources(arguments, terminal).Build();

            // A token of the store would tell nothing of the settings.
            _settings = CallSettings.Read(_configuration, needsUrl: false).WithoutStore();
            _host = ClientHost.Create(_configuration, _settings, _wire);
            await _host.StartAsync(stop);
            _options = _host.GetOptions();
            _settings.Check(_options);
            if (_settings.Url is not null)
                _call = new ApiCall(_host.Services.GetRequiredService<IHttpClientFactory>().CreateClient(ClientHost.Name), _settings);
        }
        catch (Exception exception) when (exception is SettingsException or OptionsValidationException or InvalidOperationException or AggregateException)
        {
            var messages = exception is AggregateException several ? several.Flatten().InnerExceptions.Select(inner => inner.Message) : [exception.Message];
            return new Finding(State.Failed, LibraryText.NameSettings(string.Join(Environment.NewLine, messages)), "Change what settings says above; later steps need it.") { ExitCode = ExitCode.Configuration };
        }

        foreach (var options in Options())
            _redactor.Add(options);
        (_tokenServer, _tokenServerSetting) = _options.TokenEndpoint is { } endpoint ? (endpoint, "OAuth2:TokenEndpoint") : (_options.Issuer!, "OAuth2:Issuer");
        var text = $"{_options.Provider ?? "any OAuth2 server"}, {_options.GrantType} by {ClientAuthentication.Name(_options)}, client {_options.ClientId}{(_options.Scopes.Count > 0 ? $", scopes {string.Join(' ', _options.Scopes)}" : "")}";
        return _configuration["OAuth2:BaseAddress"] is { Length: > 0 } configured && _options.BaseAddress is { AbsolutePath: not "/" } address && !address.AbsolutePath.EndsWith('/')
            ? new Finding(State.Warning, text, $"OAuth2:BaseAddress has no slash at its end ({ApiFailure.Show(address)}): an HttpClient then drops its last part, and the gateway answers 404. Write it with a slash: {ApiFailure.Show(address)}/")
            : Finding.Ok(text);
    }

    /// <summary>The options of the client and of those whose tokens it exchanges.</summary>
    private IEnumerable<OAuth2ClientOptions> Options()
    {
        var all = _host!.Services.GetRequiredService<IOptionsMonitor<OAuth2ClientOptions>>();
        return FurtherClients.Read(_configuration).Select(section => all.Get(section.Key)).Prepend(_options);
    }

    private Finding CheckSecret()
    {
        var names = FurtherClients.Read(_configuration).Select(section => $"{section.Path}:").Prepend("OAuth2:");
        var findings = Options().Zip(names, (options, section) => new SecretCheck(options, section, arguments, terminal, _redactor).Check()).ToArray();
        return findings.FirstOrDefault(finding => finding.State == State.Failed) ?? findings.FirstOrDefault(finding => finding.State == State.Warning) ?? Finding.Ok(string.Join("; ", findings.Select(finding => finding.Text)));
    }

    private ServerProbe Probe(string setting) => new(_settings.Network, setting, _options.TokenRequestTimeout);

    private Task<Finding> ResolveAsync(CancellationToken stop) => Probe(_tokenServerSetting).ResolveAsync(_tokenServer, stop);

    private Task<Finding> ConnectAsync(CancellationToken stop) => Probe(_tokenServerSetting).ConnectAsync(_tokenServer, stop);

    private async Task<Finding> ReadMetadataAsync(CancellationToken stop)
    {
        if (_options.TokenEndpoint is not null)
            return Finding.Skip("not needed, since OAuth2:TokenEndpoint or OAuth2:Provider says where the token is");
        using var http = new HttpClient(_settings.Network.Apply(new SocketsHttpHandler { AllowAutoRedirect = false })) { Timeout = _options.TokenRequestTimeout };
        var (finding, tokenEndpoint) = await MetadataCheck.ReadAsync(http, _options.Issuer!, stop);
        if (finding.State != State.Ok || Uri.Compare(tokenEndpoint, _options.Issuer, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0)
            return finding;

        // The metadata may name another host.
        var connection = await Probe("the token_endpoint of the metadata (OAuth2:Issuer)").CheckAsync(tokenEndpoint!, stop);
        return connection.State == State.Failed ? connection : finding;
    }

    private async Task<Finding> GetTokenAsync(CancellationToken stop)
    {
        var start = TimeProvider.System.GetTimestamp();
        try
        {
            _token = await _host!.Services.GetRequiredService<IOAuth2TokenProvider>().GetTokenAsync(ClientHost.Name, cancellationToken: stop);
            _redactor.Add(_token.Value);
            return Finding.Ok(string.Create(CultureInfo.InvariantCulture, $"{_token.TokenType} token, got in {TimeProvider.System.GetElapsedTime(start).TotalMilliseconds:N0} ms, good until {_token.ExpiresAt:u}"));
        }
        catch (OAuth2TokenException exception)
        {
            return Finding.Of(await new TokenDiagnosis(_options, TryAsync, Probe(_tokenServerSetting)).ExplainAsync(exception, _doubts.Find(doubt => doubt.Step == "secret")?.Remedy, _wire.TokenAnswer?.Status, stop));
        }
    }

    // Whether the server takes the client by other settings.
    private async Task<bool> TryAsync(IReadOnlyDictionary<string, string?> changes, CancellationToken stop)
    {
        using var host = ClientHost.Create(new ConfigurationBuilder().AddConfiguration(_configuration).AddInMemoryCollection(changes).Build(), _settings, new Wire());
        try
        {
            _redactor.Add((await host.Services.GetRequiredService<IOAuth2TokenProvider>().GetTokenAsync(ClientHost.Name, cancellationToken: stop)).Value);
            return true;
        }
        catch (OAuth2TokenException exception)
        {
            // Whoever looks at the grant has let the client in.
            return exception.Error is "invalid_grant" or "invalid_scope" or "unauthorized_client" or "unsupported_grant_type";
        }
        catch (OptionsValidationException)
        {
            return false;
        }
    }

    private Finding CheckClaims()
    {
        var finding = ClaimsCheck.Check(_token, _options, _wire.TokenAnswer?.Date, TimeProvider.System.GetUtcNow());
        return finding.State == State.Warning && _call is null ? finding with { State = State.Failed } : finding;
    }

    private async Task<Finding> ReachApiAsync(CancellationToken stop)
    {
        if (_call is null)
            return Finding.Skip("no address was given");
        var finding = await Probe(_settings.Url!.IsAbsoluteUri ? "Url" : "OAuth2:BaseAddress").CheckAsync(_call.Address, stop);
        return finding with { ExitCode = ExitCode.CallFailed };
    }

    private Finding CheckHeader()
    {
        var scheme = _options.HeaderScheme.Length == 0 ? "" : _options.HeaderScheme == "Bearer" && _token.TokenType.Equals("DPoP", StringComparison.OrdinalIgnoreCase) ? "DPoP " : $"{_options.HeaderScheme} ";
        var others = WireText.FindCredentialHeaders(_options).Skip(1).Where(name => name.Length > 0).Select(name => $", {name}: ***");
        return _call is null
            ? Finding.Skip("no address was given")
            : Finding.Ok(string.Create(CultureInfo.InvariantCulture, $"{_options.HeaderName}: {scheme}*** ({_token.Value.Length:N0} characters){string.Concat(others)}"));
    }

    private async Task<Finding> CallAsync(CancellationToken stop)
    {
        if (_call is null)
            return Finding.Skip("no address was given");
        var start = TimeProvider.System.GetTimestamp();
        var http = _host!.Services.GetRequiredService<IHttpClientFactory>().CreateClient(ClientHost.Name);
        try
        {
            using var request = _call.CreateRequest();
            using var response = await http.SendAsync(request, stop);
            if (response.IsSuccessStatusCode)
                return Finding.Ok(string.Create(CultureInfo.InvariantCulture, $"{request.Method} {ApiFailure.Show(_call.Address)} answered {(int)response.StatusCode} in {TimeProvider.System.GetElapsedTime(start).TotalMilliseconds:N0} ms"));
            return Finding.Of(await new AnswerDiagnosis(_options, _token, _doubts).ExplainAsync(response)) with { ExitCode = ExitCode.CallFailed };
        }
        catch (OAuth2TokenException exception)
        {
            return Finding.Of(LibraryText.Split(exception.Message));
        }
        catch (InvalidOperationException exception)
        {
            return Finding.Of(LibraryText.Split(exception.Message)) with { ExitCode = ExitCode.Configuration };
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !stop.IsCancellationRequested))
        {
            var failure = await Probe("Url").FindTlsAsync(_call.Address, stop) ?? ApiFailure.Describe(_settings.Method, _call.Address, exception);
            return Finding.Of(failure) with { ExitCode = ExitCode.CallFailed };
        }
    }
}
