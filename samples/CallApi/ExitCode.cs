namespace CallApi;

internal static class ExitCode
{
    public const int Success = 0;
    public const int Configuration = 2;
    public const int NoToken = 3;
    public const int CallFailed = 4;
}
