import NATSProtocol

/// One client's connection as a server keeps it. What the client may ask for stands in `ModelClient+Operations`.
final class ModelClient: ServerEnd {
    let id: Int
    let connection: NetworkConnection
    unowned let server: ModelServer
    private var parser = ClientFrameParser()
    var introduction: Introduction?
    var greeting = Greeting.normal
    private(set) var isClosed = false
    var subscriptions: [String: ModelSubscription] = [:]
    /// What waits for room in the network.
    private var outbox: [UInt8] = []
    private var closesBehindOutbox = false
    /// Bytes that were handed to the network.
    private(set) var writtenBytes = 0
    /// Behind this byte the client must not believe anything.
    private(set) var garbageEnd: Int?
    var pingsOutstanding = 0
    private var largestAnnouncedPayload = 0
    /// The INFO that describes a connection was sent.
    var wasDescribed = false
    /// What came while the server stood still.
    private var backlog: [UInt8] = []

    init(id: Int, connection: NetworkConnection, server: ModelServer) {
        self.id = id
        self.connection = connection
        self.server = server
    }

    var world: World { server.world }
    var cluster: ModelCluster { server.cluster }
    var name: String { introduction?.name ?? "" }
    var isIntroduced: Bool { introduction != nil }
    var isGone: Bool { isClosed || closesBehindOutbox }

    // MARK: To the client

    /// - Parameter describing: it is about this very connection, no news of the cluster.
    func sendInfo(describing: Bool = false) {
        largestAnnouncedPayload = max(largestAnnouncedPayload, server.settings.maximumPayload)
        send(Array(server.info(for: self, describing: describing).utf8))
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// - Returns: the position behind these bytes in the stream to this client.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Int {
        guard !isGone else { return .max }
        outbox += bytes
        let end = writtenBytes + outbox.count
        pump()
        if outbox.count > server.settings.maximumPendingBytes { slowConsumer() }
        return end
    }

    /// Bytes that are no frame, between two frames.
    func babble(_ bytes: [UInt8]) {
        guard !isGone, isIntroduced, garbageEnd == nil else { return }
        note("babbles \(String(decoding: bytes.prefix(40), as: UTF8.self).debugDescription)")
        let end = send(bytes)
        garbageEnd = end
        connection.clientMustLeaveAfter = end
    }

    /// Source: `queueOutbound` of `server/client.go`: without a word.
    private func slowConsumer() {
        note("slow consumer")
        outbox.removeAll()
        close(nil)
    }

    private func pump() {
        let count = min(outbox.count, connection.room)
        if count == outbox.count {
            connection.write(outbox)
            writtenBytes += count
            outbox.removeAll(keepingCapacity: true)
        } else if count > 0 {
            connection.write(Array(outbox.prefix(count)))
            outbox.removeFirst(count)
            writtenBytes += count
        }
        if closesBehindOutbox, outbox.isEmpty { finish() }
    }

    func connectionHasRoom() {
        if !outbox.isEmpty { pump() }
    }

    /// Says why, if there is a reason, and closes.
    func close(_ error: String?) {
        guard !isGone else { return }
        note("closes\(error.map { ": \($0)" } ?? "")")
        if let error { outbox += Array("-ERR '\(error)'\r\n".utf8) }
        closesBehindOutbox = true
        removeInterest()
        pump()
    }

    private func finish() {
        guard !isClosed else { return }
        isClosed = true
        server.forget(self)
        connection.closeByServer()
    }

    func note(_ text: @autoclosure () -> String) {
        world.trace.note(world.nowNanoseconds, "\(server.name) client \(id): \(text())")
    }

    // MARK: From the client

    func connectionDidEnd() {
        guard !isClosed else { return }
        isClosed = true
        if parser.unparsed > 0 { note("went with \(parser.unparsed) bytes of a frame") }
        removeInterest()
        server.forget(self)
    }

    private func removeInterest() {
        for sid in subscriptions.keys.sorted() {
            if let subscription = subscriptions[sid] { cluster.interest.remove(subscription) }
        }
        subscriptions = [:]
    }

    func connectionDidReceive(_ bytes: [UInt8]) {
        guard !isGone else { return }
        if server.isFrozen { return backlog += bytes }
        if greeting.demandsTLS { return answerTLS(bytes, server.dice) }
        if !greeting.isHonest { return }
        // A record of a TLS handshake (RFC 8446 section 5.1), of a client that believes in TLS where there is none.
        if !isIntroduced, parser.unparsed == 0, bytes.first == 0x16 { return close(nil) }
        parser.append(bytes)
        readFrames()
    }

    func serverDidThaw() {
        let bytes = backlog
        backlog = []
        if !bytes.isEmpty { connectionDidReceive(bytes) }
    }

    private func readFrames() {
        do {
            while !isGone, let frame = try parser.next(server.parserLimits) { handle(frame) }
        } catch {
            switch error {
            case .malformed(let description, let answer):
                cluster.oracle?.serverSawMalformedFrame(description)
                close(answer)
            case .payloadTooLarge(let count):
                // It may have been on its way when the limit shrank.
                if count > largestAnnouncedPayload {
                    cluster.oracle?.serverSawTooLargePayload(count, largestAnnouncedPayload)
                }
                close("Maximum Payload Violation")
            case .controlLineTooLong:
                cluster.oracle?.serverSawMalformedFrame("a control line that is too long")
                close("maximum control line exceeded")
            }
        }
    }

    // MARK: Liveness

    func checkLiveness() {
        guard isIntroduced, !isGone else { return }
        guard pingsOutstanding < 2 else { return close("Stale Connection") }
        pingsOutstanding += 1
        send("PING\r\n")
    }
}
