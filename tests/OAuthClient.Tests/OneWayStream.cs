namespace OAuthClient.Tests;

/// <summary>Three bytes that can be read once, so that content of them cannot be sent again.</summary>
internal sealed class OneWayStream() : MemoryStream([1, 2, 3])
{
    public override bool CanSeek => false;
}
