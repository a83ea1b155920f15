using System.Net;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

/// <summary>RFC 7522 section 2.1.</summary>
public class SamlBearerGrantTests : ServerTests
{
    private const string SamlBearer = "urn:ietf:params:oauth:grant-type:saml2-bearer";
    private const string Namespace = "xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    private const string Subject = "<Subject><NameID>alice</NameID></Subject>";

    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("id", "secret") { Scopes = { "read", "write" }, GrantTypes = { SamlBearer } });
        options.Clients.Add(new TestClient("service", "secret"));
    }

    [Theory]
    [InlineData("<Assertion " + Namespace + ">" + Subject + "</Assertion>", "alice")]
    [InlineData("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<s:Assertion xmlns:s=\"urn:oasis:names:tc:SAML:2.0:assertion\">\n<s:Subject><s:NameID> bob\n</s:NameID></s:Subject></s:Assertion>", "bob")]
    [InlineData("<Assertion " + Namespace + "><Conditions/>" + Subject + "</Assertion>", "alice")]
    [InlineData("<Assertion " + Namespace + "><Conditions NotBefore=\"{now}\" NotOnOrAfter=\"{later}\"/>" + Subject + "</Assertion>", "alice")]
    public async Task Assertion_WellFormedAndInItsTime_IsForItsNameId(string xml, string user)
    {
        var answer = await AskAsync(Encode(Fill(xml)), "&scope=write+admin");

        Assert.Equal((HttpStatusCode.OK, "write", null), (answer.Status, answer["scope"], answer["refresh_token"]));
        var jwt = new JsonWebToken(answer["access_token"]);
        Assert.Equal((user, "APPLICATION_USER"), (jwt.Subject, jwt.GetClaim("aut").Value));
        Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(answer["access_token"])).Status);
    }

    [Theory]
    [InlineData("{0}t/acme", HttpStatusCode.OK)]
    [InlineData("{0}t/acme/oauth2/token", HttpStatusCode.OK)]
    [InlineData("x</Audience><Audience>{0}t/acme", HttpStatusCode.OK)]
    [InlineData("{0}t/acme</Audience></AudienceRestriction><AudienceRestriction><Audience>x", HttpStatusCode.BadRequest)]
    [InlineData("{0}oauth2/token", HttpStatusCode.BadRequest)]
    public async Task Assertion_ForAudiences_IsForTheIssuerOrItsTokenEndpoint(string audience, HttpStatusCode expected)
    {
        var acme = Server.AddIssuer("t/acme");
        audience = audience.Replace("{0}", Server.BaseAddress.AbsoluteUri, StringComparison.Ordinal);
        var xml = $"<Assertion {Namespace}><Conditions><AudienceRestriction><Audience>{audience}</Audience></AudienceRestriction></Conditions>{Subject}</Assertion>";

        var answer = await Caller.PostAsync(acme.TokenEndpoint, $"grant_type={SamlBearer}&assertion={Encode(xml)}", Caller.Basic("id", "secret"));

        Assert.Equal(expected, answer.Status);
    }

    [Theory]
    [InlineData("", "no XML whose root")]
    [InlineData("nonsense", "no XML whose root")]
    [InlineData("<Assertion " + Namespace + ">", "no XML whose root")]
    [InlineData("<Assertion>" + Subject + "</Assertion>", "no XML whose root")]
    [InlineData("<Response " + Namespace + ">" + Subject + "</Response>", "no XML whose root")]
    [InlineData("<!DOCTYPE a [<!ENTITY x \"alice\">]><Assertion " + Namespace + "><Subject><NameID>&x;</NameID></Subject></Assertion>", "no XML whose root")]
    [InlineData("<Assertion " + Namespace + "/>", "no NameID")]
    [InlineData("<Assertion " + Namespace + "><NameID>alice</NameID></Assertion>", "no NameID")]
    [InlineData("<Assertion " + Namespace + "><Subject><NameID> </NameID></Subject></Assertion>", "no NameID")]
    [InlineData("<Assertion " + Namespace + "><Conditions NotOnOrAfter=\"{now}\"/>" + Subject + "</Assertion>", "The NotOnOrAfter")]
    [InlineData("<Assertion " + Namespace + "><Conditions NotOnOrAfter=\"soon\"/>" + Subject + "</Assertion>", "The NotOnOrAfter")]
    [InlineData("<Assertion " + Namespace + "><Conditions NotBefore=\"{later}\"/>" + Subject + "</Assertion>", "The NotBefore")]
    [InlineData("<Assertion " + Namespace + "><Conditions NotBefore=\"now\"/>" + Subject + "</Assertion>", "The NotBefore")]
    [InlineData("<Assertion " + Namespace + "><Conditions><AudienceRestriction><Audience>x</Audience></AudienceRestriction></Conditions>" + Subject + "</Assertion>", "The Audience")]
    public async Task Assertion_IsWrong_IsInvalidGrantThatSaysWhat(string xml, string description)
    {
        var answer = xml.Length is 0 ? await AskAsync("AAAAA") : await AskAsync(Encode(Fill(xml)));

        AssertRefused(answer, "invalid_grant", description);
    }

    [Theory]
    [InlineData("", "invalid_request", "'assertion' is missing")]
    [InlineData("&assertion=", "invalid_request", "'assertion' is missing")]
    [InlineData("&assertion=PEFzc2VydGlvbi8%2BPg%3D%3D", "invalid_grant", "not in base64url")]
    [InlineData("&assertion=PEFz%2Bc2Vy", "invalid_grant", "not in base64url")]
    [InlineData("&assertion=PEFz%0Ac2Vy", "invalid_grant", "not in base64url")]
    public async Task Assertion_MissingOrNotEncoded_SaysSo(string form, string error, string description) =>
        AssertRefused(await Caller.TokenAsync($"grant_type={SamlBearer}{form}"), error, description);

    [Fact]
    public async Task Assertion_OfALockedUser_IsInvalidGrant()
    {
        for (var i = 0; i < 5; i++)
            await Caller.TokenAsync("grant_type=password&username=alice&password=wrong");

        AssertRefused(await AskAsync(Encode($"<Assertion {Namespace}>{Subject}</Assertion>")), "invalid_grant", "locked for user alice");
    }

    [Fact]
    public async Task Assertion_ClientWithoutTheGrant_IsUnauthorizedClient() =>
        AssertRefused(await Caller.TokenAsync($"grant_type={SamlBearer}&assertion=x", Caller.Basic("service", "secret")), "unauthorized_client", "saml2-bearer");

    private static void AssertRefused(Answer answer, string error, string description)
    {
        Assert.Equal((HttpStatusCode.BadRequest, error), (answer.Status, answer["error"]));
        Assert.Contains(description, answer["error_description"], StringComparison.Ordinal);
    }

    private static string Encode(string xml) => Base64UrlEncoder.Encode(Encoding.UTF8.GetBytes(xml));

    private string Fill(string xml) => xml
        .Replace("{now}", $"{Time.GetUtcNow().UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z", StringComparison.Ordinal)
        .Replace("{later}", $"{Time.GetUtcNow().UtcDateTime.AddSeconds(1):yyyy-MM-ddTHH:mm:ss}Z", StringComparison.Ordinal);

    private Task<Answer> AskAsync(string assertion, string more = "") => Caller.TokenAsync($"grant_type={SamlBearer}&assertion={assertion}{more}");
}
