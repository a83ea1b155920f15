using Microsoft.AspNetCore.Http;

namespace OAuthClient.Testing.Hosting;

/// <summary>A path outside the API, the method it is for, and what answers there.</summary>
internal sealed record Route(string Path, string Method, RequestDelegate Handler);
