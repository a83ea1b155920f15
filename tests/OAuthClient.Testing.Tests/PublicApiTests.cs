using System.Reflection;
using System.Runtime.CompilerServices;

namespace OAuthClient.Testing.Tests;

public class PublicApiTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
    private static readonly Type[] _types = [.. typeof(OAuth2TestServer).Assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal)];

    [Fact]
    public async Task PublicApi_AsBuilt_IsTheOneWrittenDown()
    {
        var file = Path.Combine(SourceFolder(), "../../src/OAuthClient.Testing/PublicAPI.txt");
        var actual = string.Join('\n', _types.SelectMany(Describe)) + '\n';

        if (Environment.GetEnvironmentVariable("WRITE_PUBLIC_API") == "1")
            await File.WriteAllTextAsync(file, actual);
        var written = await File.ReadAllTextAsync(file);

        Assert.True(written == actual, $"The public API has changed. If that is meant, run the tests once with WRITE_PUBLIC_API=1 and commit {Path.GetFullPath(file)}. It is now:\n{actual}");
    }

    [Fact]
    public void PublicTypes_Classes_AreSealed() => Assert.All(_types.Where(t => t.IsClass), t => Assert.True(t.IsSealed, $"{t} is not sealed."));

    private static IEnumerable<string> Describe(Type type)
    {
        var bases = type.GetInterfaces().Prepend(type.BaseType).Where(t => t is not null && t != typeof(object) && !type.IsEnum);
        yield return $"{type.FullName}{string.Concat(bases.Select(b => $" : {Name(b!)}"))}";
        var lines = type.IsEnum
            ? Enum.GetNames(type).AsEnumerable()
            : type.GetMembers(Declared).Select(Describe).OfType<string>().Order(StringComparer.Ordinal);
        foreach (var line in lines)
            yield return $"  {line}";
    }

    private static string? Describe(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $".ctor({Parameters(constructor)})",
        MethodInfo { IsSpecialName: false } method => $"{(method.IsStatic ? "static " : "")}{Name(method.ReturnType)} {method.Name}({Parameters(method)})",
        PropertyInfo property => $"{Name(property.PropertyType)} {property.Name} {{ {(property.GetMethod is { IsPublic: true } ? "get; " : "")}{(property.SetMethod is { IsPublic: true } ? "set; " : "")}}}",
        FieldInfo field => $"{(field.IsLiteral ? "const " : "")}{Name(field.FieldType)} {field.Name} = {field.GetRawConstantValue()}",
        _ => null,
    };

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {p.DefaultValue ?? "default"}" : "")}"));

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
