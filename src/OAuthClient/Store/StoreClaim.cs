namespace OAuthClient.Store;

// The right to fetch a token, which nobody else has meanwhile: extended for as long as its holder lives, so that its life can be short.
internal sealed class StoreClaim(string id)
{
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan ExtendEvery = TimeSpan.FromSeconds(3);

    private volatile bool _isReleased;

    public string Id => id;
    public string Value { get; } = Guid.NewGuid().ToString("N");
    public ITimer? Timer { get; set; }
    public bool IsReleased => _isReleased;

    public void Release()
    {
        _isReleased = true;
        Timer?.Dispose();
    }
}
