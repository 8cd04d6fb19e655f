import AwaitPointKit
import TestSupport

@testable import NATSClient
@testable import NATSStores

extension AwaitPoint {
    static let ofStores = [
        context, streams, consumers, listings, reading, snapshots, publishing, windows, batches, fetches, consuming, ordered,
        acknowledging, events, groups, keyValue, objectStore,
    ].flatMap(\.self)

    /// A call that waits for the answer to a request.
    ///
    /// - Parameters:
    ///   - script: answers to the requests before.
    ///   - count: how many requests the call has made when it waits.
    static func request(
        _ call: String, script: [ScriptStep] = [], count: Int = 1,
        _ body: @escaping @Sendable (JetStream) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(calls: [call], reason: "the answer", script: script) { nats, server in
            let isWaiting: @Sendable () -> Bool = {
                nats.statistics.waitingCalls == 1 && server.connections[0].text.ranges(of: "PUB ").count == count
            }
            return WaitingCall(on: nats, isWaiting: isWaiting) { try await body(nats.patientJetStream) }
        }
    }

    static func request(stream call: String, _ body: @escaping @Sendable (JetStream.Stream) async throws -> Void) -> AwaitPoint {
        request("Stream.\(call)") { js in try await body(js.unverifiedStream("S")) }
    }

    static func request(consumer call: String, _ body: @escaping @Sendable (JetStream.Consumer) async throws -> Void)
        -> AwaitPoint
    {
        request("Consumer.\(call)") { js in try await body(js.testConsumer) }
    }
}

extension NATSConnection {
    /// Without deadlines. In a domain: of its servers nobody knows whether they are too old for a call.
    var patientJetStream: JetStream {
        var js = jetStream(domain: "hub")
        js.timeout = forEver
        return js
    }
}

extension JetStream {
    var testConsumer: JetStream.Consumer {
        get throws { try unverifiedStream("S").unverifiedConsumer("C") }
    }
}
