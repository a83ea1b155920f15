using OAuthClient.Testing;

namespace LocalServer;

/// <summary>One thing that can go wrong with an endpoint.</summary>
/// <param name="Key">The key that switches it.</param>
/// <param name="Name">Its name in the page's address.</param>
/// <param name="What">What it does, in words.</param>
/// <param name="OfApi">Whether the API has it, or else the token endpoint.</param>
/// <param name="Break">Makes it so.</param>
internal sealed record Fault(char Key, string Name, string What, bool OfApi, Action<EndpointBehavior> Break);
