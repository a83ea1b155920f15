namespace OAuthClient.Benchmarks.Quick;

/// <summary>One way of making a call, so many times in a row.</summary>
internal sealed record Variant(string Name, Func<int, ValueTask> RunAsync)
{
    public static Variant Calls(string name, HttpMessageInvoker client, Uri address) => new(name, async calls =>
    {
        for (var i = 0; i < calls; i++)
            await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, address), CancellationToken.None);
    });

    /// <summary>As most programs do it: each call makes its Uri of a string.</summary>
    public static Variant CallsToNewUri(string name, HttpMessageInvoker client, string address) => new(name, async calls =>
    {
        for (var i = 0; i < calls; i++)
            await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(address)), CancellationToken.None);
    });

    /// <summary>Over a real connection: the answer is read and done with.</summary>
    public static Variant CallsOverSockets(string name, HttpClient client, Uri address) => new(name, async calls =>
    {
        for (var i = 0; i < calls; i++)
            (await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, address))).Dispose();
    });
}
