import NATSClient
import NATSStores
import TestSupport
import Testing

extension JetStream {
    /// A stream for `subjects`.
    func makeStream(
        _ name: String, _ subjects: [String], _ change: (inout StreamConfiguration) -> Void = { _ in }
    ) async throws -> JetStream.Stream {
        var configuration = StreamConfiguration(name: name, subjects: subjects)
        configuration.allowsDirectGet = true
        change(&configuration)
        return try await createStream(configuration)
    }

    /// The message of this number, as it is stored.
    func stored(_ sequence: UInt64, in stream: String) async throws -> Message {
        try await connection.request("$JS.API.DIRECT.GET.\(stream)", "{\"seq\":\(sequence)}")
    }
}

extension AsyncPublisher {
    /// The synchronous form, which an asynchronous caller would not get.
    func publishNow(_ subject: String, _ payload: String = "x") throws(NATSError) -> UInt64 { try publish(subject, payload) }
}

extension PublishOutcome {
    var error: NATSError? {
        if case .failure(let error) = result { return error }
        return nil
    }
}

/// The error that `body` throws, which must be a `NATSError`.
func natsError(_ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) async throws -> NATSError? {
    do {
        try await body()
        return nil
    } catch let error as NATSError {
        return error
    }
}

/// The code with which the stream refuses what `body` does; nil when it doesn't refuse.
func refusal<Value>(of body: () async throws -> Value) async throws -> JetStreamError.Code? {
    do {
        _ = try await body()
        return nil
    } catch let error as NATSError where error.code == .jetStreamRefused {
        return error.jetStream?.code
    }
}
