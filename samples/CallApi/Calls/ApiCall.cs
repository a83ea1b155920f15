using System.Net.Http.Headers;
using OAuthClient;

namespace CallApi;

/// <summary>The call that the settings describe, sent as often as one likes. The HttpClient takes care of the token.</summary>
internal sealed class ApiCall(HttpClient httpClient, CallSettings settings)
{
    private static readonly MediaTypeWithQualityHeaderValue _anything = new("*/*");

    private static readonly ProductInfoHeaderValue _userAgent = new("callapi", Usage.Version);

    private static readonly string[] _own = ["Accept", "User-Agent"];

    private readonly Uri _address = settings.Resolve(httpClient.BaseAddress);

    public Uri Address => _address;

    public HttpRequestMessage CreateRequest()
    {
        var request = new HttpRequestMessage(settings.Method, _address);
        request.Headers.Accept.Add(_anything);
        request.Headers.UserAgent.Add(_userAgent);
        if (settings.Body is not null)
            request.Content = new ByteArrayContent(settings.Body) { Headers = { ContentType = settings.ContentType } };
        foreach (var name in _own.Where(name => settings.Headers.Any(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))))
            request.Headers.Remove(name);

        // One that is of the content, such as Content-Language, has no place without any.
        foreach (var (name, value) in settings.Headers.Where(header => header.Value.Length > 0))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                (request.Content ??= new ByteArrayContent([])).Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    /// <summary>Calls once, notes the outcome, and hands over the answer where somebody wants it.</summary>
    public async Task SendAsync(CallReport.Worker worker, Func<HttpResponseMessage, Task>? show, CancellationToken stop)
    {
        var start = TimeProvider.System.GetTimestamp();
        try
        {
            using var request = CreateRequest();
            using var response = await httpClient.SendAsync(request, stop);
            worker.Add(start, (int)response.StatusCode);
            if (show is not null)
                await show(response);
            if (!response.IsSuccessStatusCode && worker.WantsExplanation)
                worker.ExplainCallFailure($"{await ApiFailure.DescribeAsync(response)}");
        }
        catch (OAuth2TokenException exception)
        {
            worker.Add(start, CallReport.NoToken);
            worker.ExplainNoToken(exception.Message);
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !stop.IsCancellationRequested))
        {
            worker.Add(start, CallReport.Error);
            worker.ExplainCallFailure($"{ApiFailure.Describe(settings.Method, _address, exception)}");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ctrl+C: a call that was cut short is neither a success nor a failure.
        }
    }
}
