using System.Reflection;

namespace CallApi;

/// <summary>What --help and --version print.</summary>
internal static class Usage
{
    private const string Call = """
        curl for APIs that are protected by OAuth2: gets the token, calls, and says
        what is wrong.

        usage: callapi [options] <address>
               callapi doctor [options] [address]   what is wrong, step by step
               callapi init [name]                  asks, and writes a profile
               callapi serve                        a server on this machine

        the call, as with curl
          -X, --request <method>   default: GET, or POST where there is a body
          -d, --data <data|@file>  the body; @- is stdin. Sent as JSON, form or text
          -H, --header <line>      'Name: value', as often as you like; 'Name:'
                                   leaves one out
          -L, --location           follow redirects (FollowRedirects); the token goes
                                   on to allowed origins alone
          -m, --max-time <s>       how many seconds the call may take (Timeout)
          -x, --proxy <address>    default: HTTPS_PROXY and NO_PROXY
              --cacert <file>      authorities in PEM that are trusted too; there is
                                   no -k, since a token is at stake

        what is shown
          -i, --include            status and headers before the body
          -o, --output <file>      the body into a file
          -v, --verbose            what was sent and received, without credentials,
                                   and the library's warnings
              --Verbose=Debug      all that it logs, too
          -s, --silent             no timing and no progress
              --ShowToken          the token's claims and times, never the token;
                                   needs no address
          -V, --version
          -h, --help               callapi doctor --help and so on tell of those

        whose token
          -p, --profile <name>     Bijira, Choreo, Devant, Asgardeo, ApiManager,
                                   IdentityServer, or one of your own
              --OAuth2:<key>=<v>   any setting of the client: ClientId, Scopes,
                                   TokenEndpoint, GrantType, HeaderName ...
              --Clients:<name>:<key>=<v>
                                   the same of a further client, whose token
                                   OAuth2:SubjectTokenClient=<name> exchanges
              --TokenStore=<store> file:<folder> or redis:<host>:<port>: later runs
                                   use the token of this one
              --TokenStoreKeyFile=<file>
                                   the key that seals it; default: key in <folder>
              --Revoke             revoke the token at the end

        many calls: the last line reports
              --Repeat=<n>         so many
              --Seconds=<n>        for so long
              --Concurrency=<n>    so many at once, up to 1024

        Settings also stand in appsettings.json and appsettings.<profile>.json, beside
        the program, in ~/.callapi or in the working directory, and in the environment
        (OAuth2__ClientId). Later ones win: appsettings.json, the profile, the
        environment, the command line. Others can read a command line: keep secrets in
        OAuth2__ClientSecret, OAuth2__Password or OAuth2:ClientSecretFile.

        examples:
          export OAuth2__ClientSecret=...
          callapi -p Bijira --OAuth2:ClientId=abc https://gateway.example/orders
          callapi -p acme -i -d '{"item":"tea"}' https://gateway.example/orders
          callapi -p Asgardeo --OAuth2:Organization=acme --OAuth2:ClientId=abc \
                  --ShowToken

        exit codes: 0 all calls succeeded (2xx), 2 configuration, 3 no token,
        4 a call failed
        """;

    private const string Doctor = """
        Goes from the settings to an answer of the API, step by step, and says of the
        first step that fails what to change.

        usage: callapi doctor [options of a call] [--json] [address]

          --json    the same as one JSON document

        The steps: settings, secret, host, connection (TLS), metadata, token, claims,
        API, header, call. It asks for a token of its own, and for more only to find
        out how the server reads the secret. The call is the one that the options
        describe: -X POST posts. Without an address it ends with the token.

        What it prints holds no secret, no token and no user's name, and can be pasted
        into an issue. Hosts and the client id are in it.

        exit codes: 0 all is well, 2 settings or secret, 3 no token, or not the one
        that was asked for, 4 the API
        """;

    private const string Init = """
        Writes a profile into ~/.callapi, and asks for what it is not told.

        usage: callapi init [name] [options]

          --platform <p>          Asgardeo, Bijira, Choreo, Devant, ApiManager,
                                  IdentityServer or other
          --organization <o>      for Asgardeo
          --region <US|EU>        for Asgardeo, Bijira and Choreo; default: US
          --token-endpoint <url>  where the platform has none that all users share;
                                  or --issuer <url>
          --client-id <id>        the client id, or consumer key
          --secret <env|file>     env: OAuth2__ClientSecret of the environment;
                                  file: ~/.callapi/<name>.secret, which you alone can
                                  read. It is asked for, or read from stdin
          --secret-file <file>    a file that is there already
          --scopes <"a b">
          --base-address <url>    the API's address; a call's path is appended
          --force                 write over a profile of that name

        where nobody can be asked:
          callapi init acme --platform Bijira --client-id abc --secret file < secret
        """;

    private static readonly Dictionary<string, string> _pages = new() { ["call"] = Call, ["doctor"] = Doctor, ["init"] = Init, ["serve"] = LocalServer.Command.Usage };

    public static string Version { get; } = typeof(Usage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static string Of(string command) => _pages[command];
}
