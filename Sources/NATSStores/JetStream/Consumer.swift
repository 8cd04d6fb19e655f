public import NATSClient

/// A consumer: a place in a stream that the server keeps, with the rules by which it gives messages out.
///
/// A value; it doesn't change when the consumer does. ``cachedInfo`` is what the server said when the value was made.
public struct Consumer: Sendable {
    /// The API through which it is reached.
    public let jetStream: JetStream
    /// The stream that it reads.
    public let streamName: String
    /// Its name.
    public let name: String
    /// What the server said when this value was made; nil when nobody has asked.
    public let cachedInfo: ConsumerInfo?

    var concerns: String { "consumer '\(name)' of stream '\(streamName)'" }

    /// `<call>.<stream>.<consumer>`, the subject of an API call without its prefix.
    func subject(_ call: String) -> String { "\(call).\(streamName).\(name)" }
}

extension Consumer {
    /// What the server says of it now.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.consumerNotFound`; ``NATSError/Code/jetStreamUnavailable``; what
    ///   `request` throws.
    public func info() async throws -> ConsumerInfo {
        try await jetStream.call(subject("CONSUMER.INFO"), concerns: concerns)
    }

    /// Removes it. What it has given out and not seen acknowledged is forgotten.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.consumerNotFound`.
    public func delete() async throws {
        _ = try await jetStream.call(subject("CONSUMER.DELETE"), concerns: concerns, as: EmptyReply.self)
    }
}
