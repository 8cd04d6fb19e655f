import NATSClient

/// Which streams there are.
extension JetStream {
    /// Streams and how they are.
    ///
    /// - Parameter subject: only those with a subject that this one or pattern could match.
    public func streams(matching subject: String? = nil) -> Listing<StreamInfo> {
        listing("STREAM.LIST", matching: subject) { $0.configuration.name }
    }

    /// Names of streams.
    ///
    /// - Parameter subject: only those with a subject that this one or pattern could match.
    public func streamNames(matching subject: String? = nil) -> Listing<String> {
        listing("STREAM.NAMES", matching: subject) { $0 }
    }

    /// The stream that stores messages on this subject; nil when none does. Of a pattern, the first one by name.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused``; ``NATSError/Code/jetStreamUnavailable``; what `request` throws.
    public func streamName(for subject: String) async throws -> String? {
        for try await name in streamNames(matching: subject) { return name }
        return nil
    }
}

/// Which consumers there are.
extension JetStream.Stream {
    /// The consumers of this stream and how they are.
    public func consumers() -> Listing<ConsumerInfo> {
        jetStream.listing("CONSUMER.LIST.\(name)", concerns: concerns) { $0.name }
    }

    /// The names of its consumers.
    public func consumerNames() -> Listing<String> {
        jetStream.listing("CONSUMER.NAMES.\(name)", concerns: concerns) { $0 }
    }
}
