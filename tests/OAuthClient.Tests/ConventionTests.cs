using System.Reflection;

namespace OAuthClient.Tests;

/// <summary>What holds for every type and method that the packages have.</summary>
public sealed class ConventionTests
{
    public static TheoryData<Assembly> Shipped => PackageTests.Shipped;

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Types_OfThePackages_AreSealed(Assembly assembly) =>
        Assert.All(
            assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && !type.Name.Contains('<', StringComparison.Ordinal)),
            // OAuth2TokenStoreOptions is what the options of a store of another package derive from.
            type => Assert.True(type.IsSealed || type == typeof(OAuth2TokenStoreOptions), $"{type} is not sealed."));

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Methods_ThatReturnTasks_AreNamedAsyncAndTakeATokenLast(Assembly assembly) =>
        Assert.All(
            assembly.GetExportedTypes().SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
                .Where(method => !method.IsSpecialName && method.ReturnType.Name.Contains("Task", StringComparison.Ordinal) && method.Name != nameof(IAsyncDisposable.DisposeAsync)),
            method =>
            {
                Assert.EndsWith("Async", method.Name, StringComparison.Ordinal);
                Assert.Equal(typeof(CancellationToken), method.GetParameters()[^1].ParameterType);
            });
}
