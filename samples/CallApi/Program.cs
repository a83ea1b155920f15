using CallApi;

return await Commands.RunAsync(args, Terminal.OfProcess());
