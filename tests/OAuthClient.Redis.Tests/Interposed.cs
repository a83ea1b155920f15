using System.Reflection;
using StackExchange.Redis;

namespace OAuthClient.Redis.Tests;

/// <summary>A multiplexer, and its databases, that tell of each call just before they make it: what happens between two commands happens there.</summary>
public class Interposed : DispatchProxy
{
    private object _target = null!;
    private Action<string> _before = null!;

    public static T Create<T>(T target, Action<string> before)
        where T : class
    {
        var proxy = Create<T, Interposed>();
        (((Interposed)(object)proxy)._target, ((Interposed)(object)proxy)._before) = (target, before);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        _before(targetMethod!.Name);
        var result = targetMethod.Invoke(_target, args);
        return result is IDatabase database ? Create(database, _before) : result;
    }
}
