using System.Net.Http.Headers;
using OAuthClient;

namespace CallApi;

/// <summary>The call that the settings describe, sent as often as one likes. The HttpClient takes care of the token.</summary>
internal sealed class ApiCall(HttpClient httpClient, CallSettings settings)
{
    private static readonly MediaTypeWithQualityHeaderValue _anything = new("*/*");

    private readonly Uri _address = settings.Resolve(httpClient.BaseAddress);

    /// <summary>Calls once, notes the outcome, and copies the body to <paramref name="output"/> where there is one.</summary>
    public async Task SendAsync(CallReport.Worker worker, Stream? output, CancellationToken stop)
    {
        var start = TimeProvider.System.GetTimestamp();
        try
        {
            using var request = new HttpRequestMessage(settings.Method, _address);
            request.Headers.Accept.Add(_anything);
            if (settings.Body is not null)
                request.Content = new ByteArrayContent(settings.Body) { Headers = { ContentType = settings.ContentType } };
            using var response = await httpClient.SendAsync(request, stop);
            worker.Add(start, (int)response.StatusCode);
            if (output is not null)
                await response.Content.CopyToAsync(output, stop);
            if (!response.IsSuccessStatusCode && worker.WantsExplanation)
                worker.ExplainCallFailure(await ApiFailure.DescribeAsync(response));
        }
        catch (OAuth2TokenException exception)
        {
            worker.Add(start, CallReport.NoToken);
            worker.ExplainNoToken(exception.Message);
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !stop.IsCancellationRequested))
        {
            worker.Add(start, CallReport.Error);
            worker.ExplainCallFailure(ApiFailure.Describe(settings.Method, _address, exception));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ctrl+C: a call that was cut short is neither a success nor a failure.
        }
    }
}
