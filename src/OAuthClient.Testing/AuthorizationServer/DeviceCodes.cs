using System.Security.Cryptography;
using Microsoft.AspNetCore.WebUtilities;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>The devices that have asked for a token (RFC 8628), at whichever issuer of one server.</summary>
internal sealed class DeviceCodes(OAuth2TestServerOptions options)
{
    private const int SweepFrom = 1000;

    /// <summary>Without vowels there are no words (section 6.1).</summary>
    private const string UserCodeCharacters = "BCDFGHJKLMNPQRSTVWXZ";

    private static readonly TimeSpan _slowDown = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _timeProvider = options.TimeProvider;
    private readonly object _gate = new();
    private readonly List<Device> _devices = [];

    /// <summary>The user codes that wait for an answer, oldest first.</summary>
    public IReadOnlyList<string> Pending
    {
        get
        {
            lock (_gate)
            {
                var now = _timeProvider.GetUtcNow();
                return [.. _devices.Where(d => d.IsPending(now)).Select(static d => d.UserCode)];
            }
        }
    }

    public Device Add(TestIssuer issuer, TestClient client, IReadOnlyList<string> scopes)
    {
        lock (_gate)
        {
            var now = _timeProvider.GetUtcNow();
            if (_devices.Count >= SweepFrom)
                _devices.RemoveAll(d => d.Used || d.ExpiresAt <= now);
            string userCode;
            do
            {
                userCode = RandomNumberGenerator.GetString(UserCodeCharacters, 8).Insert(4, "-");
            }
            while (_devices.Exists(d => d.UserCode == userCode));

            var device = new Device(
                WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(24)), userCode, issuer, client, scopes, TokenMinter.ExpiresAt(now, options.DeviceCodeLifetime))
            {
                Interval = options.DevicePollInterval,
            };
            _devices.Add(device);
            return device;
        }
    }

    /// <summary>Answers for the user; whether a device waited for it.</summary>
    public bool Decide(string userCode, string? username)
    {
        lock (_gate)
        {
            var now = _timeProvider.GetUtcNow();
            if (_devices.Find(d => d.IsPending(now) && Letters(d.UserCode) == Letters(userCode)) is not { } device)
                return false;
            device.Username = username;
            device.Denied = username is null;
            return true;
        }

        // People type it, so neither case nor punctuation counts (section 6.1).
        static string Letters(string code) => string.Concat(code.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
    }

    /// <summary>Trades a device code once its user has said yes (section 3.5).</summary>
    public OAuthError? Redeem(string deviceCode, TestIssuer issuer, TestClient client, out Device? device)
    {
        lock (_gate)
        {
            device = _devices.Find(d => d.DeviceCode == deviceCode && d.Issuer == issuer && d.Client == client);
            if (device is null)
                return OAuthError.InvalidGrant("The device_code is unknown.");
            if (device.Used)
                return OAuthError.InvalidGrant("The device_code has been used before.");
            if (device.ExpiresAt <= _timeProvider.GetUtcNow())
                return new OAuthError(400, "expired_token", "The device_code has expired; ask for another.");
            if (device.Denied)
                return new OAuthError(400, "access_denied", "The user has denied the device.");
            if (device.Username is null)
                return Wait(device);
            device.Used = true;
            return null;
        }
    }

    private OAuthError Wait(Device device)
    {
        var now = _timeProvider.GetTimestamp();
        var isEarly = device.LastPoll is { } last && _timeProvider.GetElapsedTime(last, now) < device.Interval;
        device.LastPoll = now;
        if (!isEarly)
            return new OAuthError(400, "authorization_pending", "The user has not answered yet.");
        device.Interval += _slowDown;
        return new OAuthError(400, "slow_down", $"The poll came too early; the interval is {device.Interval.TotalSeconds:0.###} seconds from now on.");
    }
}
