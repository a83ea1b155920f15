namespace LocalServer;

internal sealed class SettingsException(string message, Exception? inner = null) : Exception(message, inner);
