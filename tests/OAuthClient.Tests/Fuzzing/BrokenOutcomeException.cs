namespace OAuthClient.Tests.Fuzzing;

/// <summary>What a parser made of an input is not among what it may make of one.</summary>
public sealed class BrokenOutcomeException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Throws where an outcome does not hold.</summary>
    public static void Unless(bool holds, string expectation)
    {
        if (!holds)
            throw new BrokenOutcomeException($"Expected {expectation}.");
    }
}
