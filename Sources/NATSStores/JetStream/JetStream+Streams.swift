public import NATSClient

/// Streams: making, changing, finding and removing them.
extension JetStream {
    /// Makes a stream. One that exists with the same configuration is as good.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused``, with `.streamNameExist` when there is another stream of this name and
    ///   `.streamSubjectOverlap` when another stream has one of its subjects; ``NATSError/Code/serverTooOld``;
    ///   ``NATSError/Code/jetStreamUnavailable``; what `request` throws.
    public func createStream(_ configuration: StreamConfiguration) async throws -> JetStream.Stream {
        try APIName.check(configuration.name, "stream")
        return try await stream(call("STREAM.CREATE.\(configuration.name)", configuration))
    }

    /// Changes a stream to this configuration. Begin with the one that ``JetStream.Stream/info()`` gives, so that nothing else changes.
    ///
    /// - Throws: as ``createStream(_:)``; ``NATSError/Code/jetStreamRefused`` with `.streamNotFound` when there is none.
    public func updateStream(_ configuration: StreamConfiguration) async throws -> JetStream.Stream {
        try APIName.check(configuration.name, "stream")
        return try await stream(call("STREAM.UPDATE.\(configuration.name)", configuration))
    }

    /// Makes the stream, or changes the one of this name to this configuration.
    ///
    /// - Throws: as ``createStream(_:)``.
    public func createOrUpdateStream(_ configuration: StreamConfiguration) async throws -> JetStream.Stream {
        do {
            return try await updateStream(configuration)
        } catch let error as NATSError where error.jetStream?.code == .streamNotFound {
            return try await createStream(configuration)
        }
    }

    /// A stream that exists; one round trip.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.streamNotFound`.
    public func stream(_ name: String) async throws -> JetStream.Stream {
        try await stream(unverifiedStream(name).info())
    }

    /// A stream of which nobody asks whether it exists: no round trip.
    public func unverifiedStream(_ name: String) throws(NATSError) -> JetStream.Stream {
        try APIName.check(name, "stream")
        return JetStream.Stream(jetStream: self, name: name, cachedInfo: nil)
    }

    /// Removes a stream with all its messages and consumers.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.streamNotFound`.
    public func deleteStream(_ name: String) async throws {
        try APIName.check(name, "stream")
        _ = try await call("STREAM.DELETE.\(name)", concerns: "stream '\(name)'", as: EmptyReply.self)
    }

    private func stream(_ info: StreamInfo) -> JetStream.Stream {
        JetStream.Stream(jetStream: self, name: info.configuration.name, cachedInfo: info)
    }

    private func call(_ subject: String, _ configuration: StreamConfiguration) async throws -> StreamInfo {
        try await call(
            subject, StreamRequest(configuration: configuration, isPedantic: isPedantic).json,
            level: configuration.requiredLevel, concerns: "stream '\(configuration.name)'")
    }
}
