using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Canaries;

/// <summary>
/// Walks from an object to all that it holds, through fields, collections, tasks and closures, and looks through what the library's own
/// objects say of themselves: their ToString, and what a debugger shows of them.
/// </summary>
internal static partial class ObjectWalk
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Assembly _library = typeof(OAuth2ClientOptions).Assembly;
    private static readonly string[] _passages = ["System.Collections", "System.Threading.Tasks", "Microsoft.Extensions.Caching.Memory", "Microsoft.Extensions.Options"];

    /// <summary>Walks from the library's singletons.</summary>
    public static int Inspect(Sightings sightings, ServiceProvider services)
    {
        object[] roots;
        try
        {
            roots = [services.GetRequiredService<OAuth2Clients>(), services.GetRequiredService<TokenEngine>(), services.GetRequiredService<IOAuth2TokenProvider>()];
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }

        return Inspect(sightings, roots);
    }

    /// <summary>Returns how many of the library's objects were found.</summary>
    public static int Inspect(Sightings sightings, params object[] roots)
    {
        var known = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object>(roots);
        var found = 0;
        while (open.TryPop(out var next))
        {
            var type = next.GetType();
            if (type.IsPrimitive || type.IsEnum || next is string or Type or Pointer || (!type.IsValueType && !known.Add(next)))
                continue;
            if (type.Assembly == _library)
            {
                found++;
                InspectOwn(sightings, type, next);
            }
            else if (!IsPassage(type))
                continue;

            if (next is Delegate { Target: { } target })
                open.Push(target);
            foreach (var held in GetHeld(type, next))
                open.Push(held);
        }

        return found;
    }

    private static void InspectOwn(Sightings sightings, Type type, object shown)
    {
        const string Place = "ToString or debugger";
        if (shown is not Delegate)
            sightings.Inspect(Place, type.Name, shown.ToString());
        foreach (Match member in MemberInDisplay().Matches(type.GetCustomAttribute<DebuggerDisplayAttribute>()?.Value ?? ""))
            sightings.Inspect(Place, $"debugger display of {type.Name}", Evaluate(shown, type, member.Groups[1].Value));
        if (!type.IsPublic || shown is Exception)
            return;

        // Addresses are shown as their users wrote them.
        foreach (var property in type.GetProperties().Where(property => property.GetIndexParameters().Length == 0 && property.PropertyType != typeof(Uri)))
        {
            if (property.GetCustomAttribute<DebuggerBrowsableAttribute>()?.State != DebuggerBrowsableState.Never)
                sightings.Inspect(Place, $"{type.Name}.{property.Name}", property.GetValue(shown));
        }
    }

    private static object? Evaluate(object shown, Type type, string member) => member.EndsWith("()", StringComparison.Ordinal)
        ? type.GetMethod(member[..^2], Own, [])!.Invoke(shown, null)
        : type.GetProperty(member, Own)!.GetValue(shown);

    private static IEnumerable<object> GetHeld(Type? type, object holder)
    {
        if (holder is Array array)
            return array.GetType().GetElementType() is { IsPrimitive: true } ? [] : array.Cast<object?>().OfType<object>();
        var held = new List<object>();
        for (; type is not null; type = type.BaseType)
        {
            foreach (var field in type.GetFields(Own).Where(field => !field.FieldType.IsPointer && !field.FieldType.IsPrimitive))
            {
                if (field.GetValue(holder) is { } value)
                    held.Add(value);
            }
        }

        return held;
    }

    private static bool IsPassage(Type type) =>
        type.IsArray
        || typeof(Delegate).IsAssignableFrom(type)
        || type.Namespace == "System" && (type.Name.StartsWith("Lazy", StringComparison.Ordinal) || type.Name.StartsWith("ValueTuple", StringComparison.Ordinal))
        || Array.Exists(_passages, start => type.Namespace?.StartsWith(start, StringComparison.Ordinal) == true);

    [GeneratedRegex(@"\{([A-Za-z]+(?:\(\))?)[^}]*\}")]
    private static partial Regex MemberInDisplay();
}
