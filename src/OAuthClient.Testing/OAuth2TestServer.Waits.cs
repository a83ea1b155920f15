using OAuthClient.Testing.Recording;

namespace OAuthClient.Testing;

public sealed partial class OAuth2TestServer
{
    /// <summary>Completes when so many token requests have arrived since the start or the last <see cref="ResetCounters"/>; they may still be under way.</summary>
    /// <param name="count">The number to wait for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task for the wait.</returns>
    /// <exception cref="TimeoutException">They have not within <see cref="OAuth2TestServerOptions.WaitTimeout"/>; the message tells what did.</exception>
    public Task WaitForTokenRequestsAsync(int count, CancellationToken cancellationToken = default) => WaitAsync(_traffic.Token, count, completed: false, cancellationToken);

    /// <summary>Completes when so many API calls have arrived since the start or the last <see cref="ResetCounters"/>; they may still be under way.</summary>
    /// <param name="count">The number to wait for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task for the wait.</returns>
    /// <exception cref="TimeoutException">They have not within <see cref="OAuth2TestServerOptions.WaitTimeout"/>; the message tells what did.</exception>
    public Task WaitForApiCallsAsync(int count, CancellationToken cancellationToken = default) => WaitAsync(_apiTraffic, count, completed: false, cancellationToken);

    /// <summary>Completes when so many token requests are over since the start or the last <see cref="ResetCounters"/>; answered or cut off. The client may have yet to read the last answer.</summary>
    /// <param name="count">The number to wait for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task for the wait.</returns>
    /// <exception cref="TimeoutException">They have not within <see cref="OAuth2TestServerOptions.WaitTimeout"/>; the message tells what did.</exception>
    public Task WaitForCompletedTokenRequestsAsync(int count, CancellationToken cancellationToken = default) => WaitAsync(_traffic.Token, count, completed: true, cancellationToken);

    /// <summary>Completes when so many API calls are over since the start or the last <see cref="ResetCounters"/>; answered or cut off. The client may have yet to read the last answer.</summary>
    /// <param name="count">The number to wait for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task for the wait.</returns>
    /// <exception cref="TimeoutException">They have not within <see cref="OAuth2TestServerOptions.WaitTimeout"/>; the message tells what did.</exception>
    public Task WaitForCompletedApiCallsAsync(int count, CancellationToken cancellationToken = default) => WaitAsync(_apiTraffic, count, completed: true, cancellationToken);

    /// <summary>Completes when so many requests for device codes are over since the start or the last <see cref="ResetCounters"/>; the codes are then among <see cref="PendingUserCodes"/>.</summary>
    /// <param name="count">The number to wait for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task for the wait.</returns>
    /// <exception cref="TimeoutException">They have not within <see cref="OAuth2TestServerOptions.WaitTimeout"/>; the message tells what did.</exception>
    public Task WaitForCompletedDeviceRequestsAsync(int count, CancellationToken cancellationToken = default) => WaitAsync(_traffic.Device, count, completed: true, cancellationToken);

    private Task WaitAsync(Traffic traffic, int count, bool completed, CancellationToken cancellationToken) =>
        traffic.WaitAsync(count, completed, Options.WaitTimeout, cancellationToken);
}
