namespace OAuthClient.Testing.DPoP;

/// <summary>Why a proof is refused: the error code of RFC 9449 section 5 or 7, what is wrong, and the name of the check that says so.</summary>
internal sealed record ProofRefusal(string Error, string Description, string Check);
