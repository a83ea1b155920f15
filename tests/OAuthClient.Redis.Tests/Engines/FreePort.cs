using System.Net;
using System.Net.Sockets;

namespace OAuthClient.Redis.Tests.Engines;

internal static class FreePort
{
    /// <summary>A port of 127.0.0.1 that nobody listens on, and that is given to nobody who asks for any: an engine comes back to it.</summary>
    public static int Find()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
            }
        }
    }
}
