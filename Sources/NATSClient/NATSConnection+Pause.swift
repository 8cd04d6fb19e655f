extension NATSConnection {
    /// Suspends for a while, by the reactor's clock. Throws `CancellationError`, and ``NATSError/Code/connectionClosed``.
    package func pause(_ duration: Duration) async throws { try await core.pause(duration) }
}
