import NATSClient

extension JetStream {
    /// What this account uses of JetStream, and how much it may. Also the way to ask whether there is any.
    ///
    /// - Throws: ``NATSError/Code/jetStreamUnavailable`` when nobody answers for JetStream;
    ///   ``NATSError/Code/jetStreamRefused`` with `.notEnabledForAccount`; what `request` throws.
    public func accountInfo() async throws -> AccountInfo { try await call("INFO") }
}
