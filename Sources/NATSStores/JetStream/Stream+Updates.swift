import NATSClient

extension JetStream.Stream {
    /// Asks for its configuration, changes it and writes it back: what `change` doesn't touch stays as it is, also what this version
    /// of the library doesn't know. Two round trips.
    ///
    /// To make a stream of its own out of a mirror, set ``StreamConfiguration/mirror`` to nil.
    ///
    /// - Throws: as ``JetStream/updateStream(_:)``.
    @discardableResult
    public func update(_ change: (inout StreamConfiguration) -> Void) async throws -> JetStream.Stream {
        var configuration = try await info().configuration
        change(&configuration)
        return try await jetStream.updateStream(configuration)
    }

    /// Nothing can be stored in it or removed from it any more. It can't be taken back.
    ///
    /// - Throws: as ``update(_:)``.
    public func seal() async throws { try await update { $0.isSealed = true } }

    /// Removes it with all its messages and consumers.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.streamNotFound`.
    public func delete() async throws { try await jetStream.deleteStream(name) }
}
