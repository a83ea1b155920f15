using System.Net;

namespace OAuthClient.Tests.Fuzzing;

/// <summary>Reads token answers as the transport does, without a server.</summary>
internal static class Answers
{
    public static TokenAnswer? Read(byte[] body) => Read(new HttpResponseMessage(HttpStatusCode.OK), body) is { IsObject: true } answer ? answer : null;

    public static TokenAnswer Read(HttpResponseMessage response, byte[] body) => Transport.ReadAsync<TokenAnswer>(response, body).GetAwaiter().GetResult();
}
