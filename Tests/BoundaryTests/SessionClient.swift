import NATSProtocol

/// A client made of NATSProtocol alone: bytes of a server in, bytes for the server out, nothing in between but
/// `FrameDecoder` and `Session`. What a driver does, without a socket.
final class SessionClient {
    private var session: Session
    private var decoder = FrameDecoder(limits: DecoderLimits())
    private var unread: [UInt8] = []
    private(set) var now = Timestamp(nanoseconds: 1_000_000_000)
    private(set) var sent = ""
    private(set) var generation: UInt32 = 0
    private(set) var events: [SessionEvent] = []
    private(set) var messages: [String] = []
    private(set) var ended: [SubscriptionID: SubscriptionEnd] = [:]
    private(set) var confirmed: [SubscriptionID] = []
    private(set) var drainResult: DrainResult?
    private(set) var isClosed = false

    init(servers: [String]) throws {
        var configuration = SessionConfiguration()
        configuration.noRandomize = true
        let addresses = try servers.map { try ServerAddress(parsing: $0) }
        session = Session(configuration: configuration, servers: addresses, randomSeed: 1)
        session.start(now: now)
        perform()
    }

    var status: ConnectionStatus { session.status }
    var deadline: Timestamp? { session.nextDeadline }

    func connectTransport() {
        session.transportConnected(generation: generation, now: now)
        perform()
    }

    func loseTransport() {
        session.transportFailed(generation: generation, TransportFailure(.endOfStream), now: now)
        perform()
    }

    func advanceToDeadline() {
        guard let deadline = session.nextDeadline else { return }
        now = max(now, deadline)
        session.deadlineReached(now: now)
        perform()
    }

    func subscribe(_ subject: String, queueGroup: String? = nil) throws -> SubscriptionID {
        defer { perform() }
        return try session.subscribe(subject: subject, queueGroup: queueGroup, confirm: true, now: now)
    }

    func unsubscribe(_ id: SubscriptionID, after maximum: UInt64?) {
        session.unsubscribe(id, after: maximum, now: now)
        perform()
    }

    func drain() {
        session.drain(deadline: now.advanced(byNanoseconds: 30_000_000_000), now: now)
        perform()
    }

    /// What was sent since the last call.
    func takeSent() -> String {
        defer { sent = "" }
        return sent
    }

    /// Bytes of the server, in pieces of `pieceSize`.
    func receive(_ text: String, pieceSize: Int = .max) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            receive(piece: rest.prefix(pieceSize))
            rest = rest.dropFirst(pieceSize)
        }
    }

    private func receive(piece: ArraySlice<UInt8>) {
        unread += piece
        session.bytesReceived(generation: session.generation, now: now)
        let connection = generation
        var start = 0
        // A connection that was left has nothing more to say.
        while start < unread.count, connection == generation, let end = decodeOne(at: start) { start = end }
        if connection == generation { unread.removeFirst(start) }
    }

    /// The end of the frame, nil if it isn't complete.
    private func decodeOne(at start: Int) -> Int? {
        var frame = DecodedFrame()
        let bytes = unread
        let kind: FrameKind
        do {
            kind = try decoder.next(bytes.span, at: start, &frame)
        } catch {
            session.protocolViolated(error, generation: session.generation, now: now)
            perform()
            return nil
        }
        let text = frame.textStart..<(frame.textStart + frame.textCount)
        switch kind {
        case .needsMore: return nil
        case .message: deliver(frame)
        case .info: session.infoReceived(bytes.span.extracting(text), generation: session.generation, now: now)
        case .ping: session.pingReceived(generation: session.generation, now: now)
        case .pong: session.pongReceived(generation: session.generation, now: now)
        case .ok: session.okReceived(generation: session.generation, now: now)
        case .error: session.errorReceived(bytes.span.extracting(text), generation: session.generation, now: now)
        }
        perform()
        return frame.end
    }

    private func deliver(_ frame: DecodedFrame) {
        guard session.messageReceived(sid: frame.sid) != .ignored else { return }
        let start = frame.bodyStart + frame.headerCount
        messages.append(String(decoding: unread[start..<(start + frame.payloadCount)], as: UTF8.self))
    }

    private func perform() {
        while let action = session.nextAction() {
            switch action {
            case .connect(_, let generation, _):
                self.generation = generation
                decoder = FrameDecoder(limits: DecoderLimits())
                unread = []
            case .sendUrgent(let bytes, _): sent += String(decoding: bytes, as: UTF8.self)
            case .sendOrdered(let bytes, let fence):
                sent += String(decoding: bytes, as: UTF8.self)
                if let fence {
                    sent += "PING\r\n"
                    session.fenceQueued(fence, generation: session.generation)
                }
            case .subscriptionConfirmed(let id): confirmed.append(id)
            case .subscriptionEnded(let id, let end): ended[id] = end
            case .awaitDelivery: session.deliveryFinished(now: now)
            case .report(let event): events.append(event)
            case .drained(let result): drainResult = result
            case .closed: isClosed = true
            case .startTLS, .authenticate, .openGate, .holdGate, .closeGate, .chooseServer, .disconnect, .fenceConfirmed,
                .publishDenied,
                .replyDenied:
                break
            }
        }
    }
}
