namespace CallApi;

internal static class Usage
{
    public const string Text = """
        Calls an API that is protected by OAuth2.

        usage: CallApi [--profile <name>] --Url=<address> [--Key=Value ...]

          --profile <name>      Bijira, Choreo, Devant, Asgardeo, ApiManager, or an appsettings.<name>.json of your own
          --Url=<address>       what to call; may be relative where OAuth2:BaseAddress or a connection is given
          --Method=<method>     default: GET, or POST where there is a body
          --Body=<text|@file>   what to send
          --ContentType=<type>  default: application/json where the body is JSON, else text/plain
          --Repeat=<n>          call n times and report
          --Seconds=<n>         call for so long and report
          --Concurrency=<n>     how many calls are under way at once, up to 1024; default: 1
          --FollowRedirects     follow redirects; the token goes on to allowed origins alone
          --Revoke              revoke the token at the end
          --ShowToken           show the token's claims and times, never the token; no Url is needed for that
          --TokenStore=<store>  file:<folder> or redis:<host>:<port>: later runs use the token of this one
          --TokenStoreKeyFile=<file>
                                the key that seals it, made where it is missing; default: the file key in <folder>
          --Verbose[=Debug]     show the library's warnings, or all that it logs, on stderr
          --OAuth2:<key>=<v>    any setting of the OAuth2 client: ClientId, TokenEndpoint, Scopes, GrantType, HeaderName ...
          --Clients:<name>:<key>=<v>
                                the same of a further client, whose token is exchanged by OAuth2:SubjectTokenClient=<name>

        Every key may also stand in appsettings.json or appsettings.<name>.json, beside the program or in the working
        directory, or in the environment, where two underscores stand for the colon. Later ones win, in this order:
        appsettings.json, the profile, the environment, the command line. Keep secrets off the command line, where other
        users of the machine can read them: use OAuth2__ClientSecret, OAuth2__Password or OAuth2:ClientSecretFile.

        examples:
          export OAuth2__ClientSecret=...
          CallApi --profile Bijira --OAuth2:ClientId=abc --Url=https://gateway.example/orders/1.0/orders
          CallApi --profile Asgardeo --OAuth2:Organization=acme --OAuth2:ClientId=abc --ShowToken
          CallApi --OAuth2:TokenEndpoint=https://idp.example/token --OAuth2:ClientId=abc --Url=https://api.example/orders --Repeat=10000 --Concurrency=64

        exit codes: 0 all calls succeeded, 2 configuration, 3 no token, 4 a call failed
        """;
}
