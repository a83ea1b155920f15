using System.Diagnostics.CodeAnalysis;
using Azure.Core;
using Azure.Core.Pipeline;

namespace OAuthClient.Benchmarks.Peers;

/// <summary>The end of an Azure pipeline that answers at once. It keeps a single header, which is all that the policies here set.</summary>
internal sealed class StubTransport : HttpPipelineTransport
{
    private readonly StubResponse _response = new();

    public override Request CreateRequest() => new StubRequest();

    public override void Process(HttpMessage message) => message.Response = _response;

    public override ValueTask ProcessAsync(HttpMessage message)
    {
        message.Response = _response;
        return default;
    }

    private sealed class StubRequest : Request
    {
        private HttpHeader? _header;

        public override string ClientRequestId { get; set; } = "";

        public override void Dispose()
        {
        }

        protected override void AddHeader(string name, string value) => _header = new HttpHeader(name, value);

        protected override void SetHeader(string name, string value) => _header = new HttpHeader(name, value);

        protected override bool ContainsHeader(string name) => _header?.Name == name;

        protected override bool RemoveHeader(string name) => ContainsHeader(name) && (_header = null) is null;

        protected override IEnumerable<HttpHeader> EnumerateHeaders() => _header is { } header ? [header] : [];

        protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value) => (value = ContainsHeader(name) ? _header!.Value.Value : null) is not null;

        protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values) =>
            (values = TryGetHeader(name, out var value) ? [value] : null) is not null;
    }

    private sealed class StubResponse : Azure.Response
    {
        public override int Status => 200;

        public override string ReasonPhrase => "OK";

        public override Stream? ContentStream { get; set; }

        public override string ClientRequestId { get; set; } = "";

        public override void Dispose()
        {
        }

        protected override bool ContainsHeader(string name) => false;

        protected override IEnumerable<HttpHeader> EnumerateHeaders() => [];

        protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value) => (value = null) is not null;

        protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values) => (values = null) is not null;
    }
}
