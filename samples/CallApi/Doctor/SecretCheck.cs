using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OAuthClient;

namespace CallApi;

/// <summary>Whether a client's secrets, keys and tokens are where its settings say, and can still be good.</summary>
internal sealed class SecretCheck(OAuth2ClientOptions options, string section, Dictionary<string, string?> arguments, Terminal terminal, Redactor redactor)
{
    private const int LongestFile = 64 * 1024; // As the library has it.
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public Finding Check()
    {
        var files = typeof(OAuth2ClientOptions).GetProperties().Where(property => property.PropertyType == typeof(string) && property.Name.EndsWith("File", StringComparison.Ordinal))
            .Select(property => (Setting: section + property.Name, Path: (string?)property.GetValue(options))).Where(file => file.Path is not null).ToArray();
        var findings = files.Select(file => CheckFile(file.Setting, file.Path!)).ToList();
        if (options.ClientSecret is { } secret)
            findings.Add(CheckText($"{section}ClientSecret", secret, Place("ClientSecret")));
        return findings.Find(finding => finding.State == State.Failed) ?? findings.Find(finding => finding.State == State.Warning)
            ?? Finding.Ok(findings.Count == 0 ? $"none, by {ClientAuthentication.Name(options)}" : string.Join("; ", findings.Select(finding => finding.Text)));
    }

    private string Place(string name)
    {
        var key = section + name;
        return arguments.ContainsKey(key) ? "the command line, where others can read it"
            : terminal.Variables.Keys.FirstOrDefault(variable => variable.Replace("__", ":", StringComparison.Ordinal).Equals(key, StringComparison.OrdinalIgnoreCase)) is { } found ? $"the variable {found}"
            : options.Connection is { } connection ? $"the variables of the connection {connection}"
            : "a file of settings";
    }

    private static Finding CheckText(string setting, string secret, string place) =>
        secret.Length > 0 && (char.IsWhiteSpace(secret[0]) || char.IsWhiteSpace(secret[^1]) || (secret.Length > 1 && secret[0] == secret[^1] && secret[0] is '"' or '\''))
            ? new Finding(State.Warning, $"{setting} from {place} begins or ends with a space, a line's end or a quote", $"Take the space, the line's end or the quotes off {setting}, unless they belong to it: copying often adds them.")
            : Finding.Ok($"{setting} from {place}");

    private Finding CheckFile(string setting, string path)
    {
        try
        {
            if (Directory.Exists(path))
                return Fail($"{setting} '{path}' is a folder", $"Name the file itself in {setting}.");
            if (!File.Exists(path))
                return Fail($"{setting} '{path}' is not there", $"Put the file there, or set {setting} to where it is; a relative path counts from the working directory.");
            if (new FileInfo(path).Length > LongestFile)
                return Fail($"{setting} '{path}' is longer than {LongestFile / 1024} KiB, and so no secret", $"Set {setting} to the right file.");
            var text = File.ReadAllText(path);
            redactor.Add(text.TrimEnd('\r', '\n'));
            if (string.IsNullOrWhiteSpace(text))
                return Fail($"{setting} '{path}' is empty", $"Write the secret into it, or set {setting} to the right file.");
            if (FindEnd(text) is { } end && end < TimeProvider.System.GetUtcNow())
                return Fail($"{setting} '{path}' holds what expired on {end:u}", $"Get a new one into {setting}'s file, or set {setting} to a newer file.");
            var finding = setting.EndsWith("SecretFile", StringComparison.Ordinal) ? CheckText(setting, text.TrimEnd('\r', '\n'), $"'{path}'") : Finding.Ok($"{setting} '{path}'");
            return !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0 && finding.State == State.Ok
                ? Finding.Ok($"{finding.Text}, which others on this machine can read (chmod 600)")
                : finding;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Fail($"{setting} '{path}' cannot be read: {exception.Message.TrimEnd('.')}", $"Let this user read the file, or set {setting} to one that can be read.");
        }
    }

    private static Finding Fail(string text, string remedy) => new(State.Failed, text, remedy) { ExitCode = ExitCode.Configuration };

    /// <summary>When a JWT or a certificate ends; null for anything else.</summary>
    private static DateTimeOffset? FindEnd(string text)
    {
        if (text.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
        {
            try
            {
                using var certificate = X509Certificate2.CreateFromPem(text);
                return certificate.NotAfter.ToUniversalTime();
            }
            catch (CryptographicException)
            {
                return null;
            }
        }

        return TokenText.Read(text.Trim()) is (_, var claims) ? ClaimsCheck.FindTime(claims, "exp") : null;
    }
}
