@testable import NATSProtocol

extension Timestamp {
    static func milliseconds(_ count: UInt64) -> Timestamp { Timestamp(nanoseconds: count * 1_000_000) }
    static func seconds(_ count: UInt64) -> Timestamp { Timestamp(nanoseconds: count * 1_000_000_000) }
}

func makeServer(_ host: String, scheme: ServerScheme = .nats) -> ServerAddress {
    ServerAddress(scheme: scheme, host: host)
}

func makeConfiguration(_ change: (inout SessionConfiguration) -> Void = { _ in }) -> SessionConfiguration {
    var configuration = SessionConfiguration()
    configuration.noRandomize = true
    change(&configuration)
    return configuration
}

func makeInfo(_ extra: String = "", id: String = "S") -> String {
    let fields = #""server_id":"\#(id)","version":"2.12.1","proto":1,"headers":true,"max_payload":1048576"#
    return extra.isEmpty ? "{\(fields)}" : "{\(fields),\(extra)}"
}

func makeServerError(_ text: String) -> ServerError { ServerError(text: text) }

extension TransportFailure {
    static let refused = TransportFailure(.connect, message: "refused")
    static let ended = TransportFailure(.endOfStream)
}

/// A session under a clock that only the test moves, and what it asked for as plain values.
final class SessionHarness {
    var session: Session
    var now = Timestamp.seconds(100)

    convenience init(servers: [String] = ["a"], _ change: (inout SessionConfiguration) -> Void = { _ in }) {
        self.init(addresses: servers.map { makeServer($0) }, change)
    }

    init(addresses: [ServerAddress], _ change: (inout SessionConfiguration) -> Void = { _ in }) {
        session = Session(configuration: makeConfiguration(change), servers: addresses, randomSeed: 7)
    }

    // `#expect` doesn't take members of noncopyable values.
    var status: ConnectionStatus { session.status }
    var isReady: Bool { session.isReady }
    var nextDeadline: Timestamp? { session.nextDeadline }
    var hosts: [String] { session.servers.map(\.host) }
    func message(_ id: SubscriptionID) -> MessageDelivery { session.messageReceived(sid: id.rawValue) }

    /// The link to which the session is moving; 0: none.
    var successor: UInt32 { session.successor.generation }
    var move: MovePhase.Kind { session.move.kind }
    private var isHeld = false
    private var heldFences: [Fence] = []

    /// Everything that the session wants now. PINGs of ordered bytes take their place in the wire order at once, or
    /// when the gate that is held opens again.
    func take() -> [SessionAction] {
        var taken: [SessionAction] = []
        while let action = session.nextAction() {
            taken.append(action)
            switch action {
            case .holdGate: isHeld = true
            case .sendOrdered(_, let fence?) where isHeld: heldFences.append(fence)
            case .sendOrdered(_, let fence?): session.fenceQueued(fence, generation: session.generation)
            case .openGate(let generation):
                isHeld = false
                for fence in heldFences { session.fenceQueued(fence, generation: generation) }
                heldFences = []
            case .closeGate:
                isHeld = false
                heldFences = []
            default: break
            }
        }
        return taken
    }

    func info(_ extra: String = "", on generation: UInt32? = nil) {
        let generation = generation ?? session.generation
        session.infoReceived(makeInfo(extra, id: "S\(generation)").utf8Span.span, generation: generation, now: now)
    }

    func error(_ text: String, on generation: UInt32? = nil) {
        session.errorReceived(text.utf8Span.span, generation: generation ?? session.generation, now: now)
    }

    func pong(on generation: UInt32? = nil) {
        session.bytesReceived(generation: generation ?? session.generation, now: now)
        session.pongReceived(generation: generation ?? session.generation, now: now)
    }

    func message(_ id: SubscriptionID, on generation: UInt32) -> MessageDelivery {
        session.messageReceived(sid: id.rawValue, generation: generation)
    }

    /// The present server announces its end, and the pause before the move passes.
    func beginMove() {
        info(#""ldm":true"#)
        advanceToDeadline()
        _ = take()
    }

    /// The successor's handshake, up to the PONG that answers CONNECT.
    func handshakeOfSuccessor(info extra: String = "") {
        session.transportConnected(generation: successor, now: now)
        info(extra, on: successor)
        _ = take()
        pong(on: successor)
    }

    func advance(milliseconds: UInt64) {
        now = now.advanced(byNanoseconds: milliseconds * 1_000_000)
        session.deadlineReached(now: now)
    }

    /// Goes to the session's deadline, if it has one.
    func advanceToDeadline() {
        guard let deadline = session.nextDeadline else { return }
        now = max(now, deadline)
        session.deadlineReached(now: now)
    }

    /// From `connect` to the PONG.
    func handshake(info extra: String = "") {
        session.transportConnected(generation: session.generation, now: now)
        info(extra)
        _ = take()
        pong()
    }

    /// A connected session whose actions so far are taken.
    func connect(info extra: String = "") {
        session.start(now: now)
        _ = take()
        handshake(info: extra)
        _ = take()
    }

    func credentialsExpire(
        at end: Timestamp, renewal: Timestamp, claimedSeconds: Int64? = nil, on generation: UInt32
    ) {
        let expiry = CredentialsExpiry(
            claimedSeconds: claimedSeconds ?? Int64(end.nanoseconds / 1_000_000_000), end: end, renewal: renewal)
        session.credentialsExpire(expiry, generation: generation, now: now)
    }

    func loseTransport() {
        session.transportFailed(generation: session.generation, .ended, now: now)
    }

    func subscribe(
        _ subject: String, queueGroup: String? = nil, confirm: Bool = false, isRequestInbox: Bool = false
    ) throws -> SubscriptionID {
        try session.subscribe(
            subject: subject, queueGroup: queueGroup, confirm: confirm, isRequestInbox: isRequestInbox, now: now)
    }
}

extension SessionAction {
    /// The bytes of a send as text.
    var text: String? {
        switch self {
        case .sendUrgent(let bytes, _), .sendOrdered(let bytes, _): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    static func urgent(_ text: String, generation: UInt32 = 1) -> SessionAction {
        .sendUrgent(Array(text.utf8), generation: generation)
    }
    static func ordered(_ text: String, fence: Fence? = nil) -> SessionAction {
        .sendOrdered(Array(text.utf8), fence: fence)
    }
}
