using System.Reflection;
using System.Runtime.Serialization;

namespace OAuthClient.Tests;

public sealed class OAuth2TokenSerializerTests
{
    [Fact]
    public void Value_ForSerializersThatGoByDataContracts_IsToBeLeftOut() =>
        Assert.NotNull(typeof(OAuth2Token).GetProperty(nameof(OAuth2Token.Value))!.GetCustomAttribute<IgnoreDataMemberAttribute>());
}
