using System.Reflection;
using System.Text;

namespace OAuthClient.Tests;

/// <summary>The public surface is written down, so that no change of it is an accident.</summary>
public sealed class PublicApiTests
{
    private static readonly NullabilityInfoContext _nullability = new();

    [Fact]
    public void Surface_AsBuilt_IsAsWrittenDown()
    {
        var actual = Describe(typeof(OAuth2ClientOptions).Assembly);
        var path = Path.Combine(ReadmeTests.Root(), "src", "OAuthClient", "PublicAPI.txt");
        var written = File.Exists(path) ? File.ReadAllText(path) : "";
        if (Environment.GetEnvironmentVariable("WRITE_PUBLIC_API") == "1")
            File.WriteAllText(path, written = actual);

        Assert.True(written == actual, $"The public surface has changed. If that is meant, run the tests once with WRITE_PUBLIC_API=1 and commit {path}. It is now:\n{actual}");
    }

    [Fact]
    public void Types_OfTheLibrary_AreSealed() =>
        Assert.All(
            typeof(OAuth2ClientOptions).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && !type.Name.Contains('<', StringComparison.Ordinal)),
            type => Assert.True(type.IsSealed, $"{type} is not sealed."));

    [Fact]
    public void Methods_ThatReturnTasks_AreNamedAsyncAndTakeATokenLast() =>
        Assert.All(
            typeof(OAuth2ClientOptions).Assembly.GetExportedTypes().SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
                .Where(method => !method.IsSpecialName && method.ReturnType.Name.Contains("Task", StringComparison.Ordinal)),
            method =>
            {
                Assert.EndsWith("Async", method.Name, StringComparison.Ordinal);
                Assert.Equal(typeof(CancellationToken), method.GetParameters()[^1].ParameterType);
            });

    private static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(type.FullName).Append(" : ").Append(type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : type is { IsAbstract: true, IsSealed: true } ? "static class" : "class");
            if (type.BaseType is { } parent && parent != typeof(object) && !type.IsEnum)
                text.Append(' ').Append(Name(parent));
            text.Append('\n');
            foreach (var line in type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Select(member => DescribeMember(type, member)).OfType<string>().Order(StringComparer.Ordinal))
                text.Append("    ").Append(line).Append('\n');
        }

        return text.ToString();
    }

    private static string? DescribeMember(Type type, MemberInfo member) => member switch
    {
        FieldInfo { IsLiteral: true } field when !type.IsEnum => $"const {Name(field.FieldType)} {field.Name} = {field.GetRawConstantValue()}",
        FieldInfo { IsSpecialName: false } field => field.Name,
        PropertyInfo property => $"{Name(property.PropertyType)}{Mark(_nullability.Create(property).ReadState)} {property.Name} {{ {(property.GetMethod is { IsPublic: true } ? "get; " : "")}{(property.SetMethod is { IsPublic: true } set ? set.ReturnParameter.GetRequiredCustomModifiers().Length > 0 ? "init; " : "set; " : "")}}}",
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        MethodInfo { IsSpecialName: false } method => $"{(method.IsStatic ? "static " : "")}{Name(method.ReturnType)}{Mark(_nullability.Create(method.ReturnParameter).ReadState)} {method.Name}({Parameters(method)})",
        _ => null,
    };

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{Name(parameter.ParameterType)}{Mark(_nullability.Create(parameter).WriteState)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "null"}" : "")}"));

    private static string Mark(NullabilityState state) => state == NullabilityState.Nullable ? "?" : "";

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Name(underlying);
        return type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
    }
}
