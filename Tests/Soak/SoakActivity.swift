import NATSClient
import TestSupport

/// Something that users do, which must leave nothing behind however often it is done.
struct SoakActivity: Sendable {
    let name: String
    /// How often it is done between two looks.
    var count: Int
    let perform: @Sendable (SoakBench, Int) async throws -> Void

    static let all = connections + subscriptions + requests + publishes + deliveries + others
}

/// What activities use.
struct SoakBench: Sendable {
    let loop: EventLoop
    let url: String
    let webSocketURL: String
    /// Whose certificates are trusted.
    let authority: String

    func options(_ change: (inout ConnectOptions) -> Void = { _ in }) -> ConnectOptions {
        var options = ConnectOptions()
        options.eventLoop = loop
        options.reconnect.baseDelay = .milliseconds(1)
        options.reconnect.maximumDelay = .milliseconds(2)
        change(&options)
        return options
    }

    /// A connection for one activity.
    func withConnection(
        _ change: (inout ConnectOptions) -> Void = { _ in }, _ body: (NATSConnection) async throws -> Void
    ) async throws {
        let nats = try await NATS.connect(url, options: options(change))
        try await body(nats)
        let waiting = nats.statistics.waitingCalls
        guard waiting == 0 else { throw Failure("\(waiting) calls still wait") }
        await nats.close()
    }
}

/// The activity must throw: what it throws is dropped, and nothing thrown is a failure.
func expectFailure(_ what: String, _ body: () async throws -> Void) async throws {
    do { try await body() } catch { return }
    throw Failure("nothing was thrown: \(what)")
}

/// Waits for what another thread brings about.
func become(_ what: String, _ condition: () async throws -> Bool) async throws {
    guard try await holds(within: .seconds(30), condition) else { throw Failure("not within 30 s: \(what)") }
}
