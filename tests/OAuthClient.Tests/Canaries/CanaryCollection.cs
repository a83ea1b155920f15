namespace OAuthClient.Tests.Canaries;

/// <summary>
/// Runs by itself: its listeners hear the whole process, and would slow down tests beside them that count allocations or time.
/// </summary>
[CollectionDefinition(nameof(CanaryCollection), DisableParallelization = true)]
public sealed class CanaryCollection;
