using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Guides.Tests.Calls;

// PAGE src/OAuthClient/DependencyInjection/README.md
public sealed class OrderView : ComponentBase
{
    private string _order = "";

    [Inject]
    public required IHttpClientFactory Http { get; set; }

    protected override async Task OnInitializedAsync() => _order = await Http.CreateClient("orders").GetStringAsync("orders/42");

    protected override void BuildRenderTree(RenderTreeBuilder builder) => builder.AddContent(0, _order);
}
// END
