using LocalServer;

using var end = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) => (key.Cancel, _) = (true, end.CancelAsync());
return await Command.RunAsync(args, Console.Out, Console.Error, end.Token);
