using Xunit.Abstractions;
using Xunit.Sdk;

namespace OAuthClient.Redis.Tests.Engines;

/// <summary>A fact that is skipped, with the reason, in classes that need a redis-server where there is none.</summary>
[XunitTestCaseDiscoverer("OAuthClient.Redis.Tests.Engines.EngineFactDiscoverer", "OAuthClient.Redis.Tests")]
[AttributeUsage(AttributeTargets.Method)]
public sealed class EngineFactAttribute : FactAttribute;

/// <summary>The class needs a redis-server.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsRedisServerAttribute : Attribute;

public sealed class EngineFactDiscoverer(IMessageSink diagnosticMessageSink) : FactDiscoverer(diagnosticMessageSink)
{
    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        new EngineTestCase(DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod);
}

public sealed class EngineTestCase : XunitTestCase
{
    [Obsolete("For those who read it from what was written.", error: true)]
    public EngineTestCase()
    {
    }

    public EngineTestCase(IMessageSink diagnosticMessageSink, TestMethodDisplay display, TestMethodDisplayOptions displayOptions, ITestMethod testMethod)
        : base(diagnosticMessageSink, display, displayOptions, testMethod)
    {
    }

    protected override string? GetSkipReason(IAttributeInfo factAttribute) =>
        TestMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsRedisServerAttribute)).Any() ? RedisServer.ReasonToSkip : null;
}
