namespace CallApi;

/// <summary>What is wrong with the configuration, and what to do about it.</summary>
internal sealed class SettingsException(string message) : Exception(message);
