namespace QuickStart;

/// <summary>One story: a server that behaves like a platform, a client registered as a user would, and what comes of it.</summary>
/// <remarks>Lines between <c>// excerpt setup</c> and <c>// end</c> are shown to the reader; keep them to 76 columns.</remarks>
internal abstract class Scene
{
    public abstract string Title { get; }

    /// <summary>What the reader has to know before, in a sentence or two.</summary>
    public abstract string Story { get; }

    /// <summary>What the reader just saw.</summary>
    public abstract string Lesson { get; }

    public abstract Task PlayAsync(Stage stage);
}
