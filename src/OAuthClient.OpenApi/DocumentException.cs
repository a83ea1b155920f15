namespace OAuthClient.OpenApi;

// What is wrong with a document, in a sentence that names it.
internal sealed class DocumentException(string document, string fault) : Exception($"OpenAPI document '{SafeText.Shorten(document)}' {fault}");
