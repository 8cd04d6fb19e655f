import NATSProtocol

/// Everything of a ``PublishPipeline`` that its lock guards.
struct PipelineState: ~Copyable {
    var window: PublishWindow
    /// By slot of the window: who waits for the message of this slot alone.
    var tickets: [PublishTicket?] = []
    var counts = PipelineCounts()
    /// Messages are kept in the window and not staged: SUB isn't staged yet, or there is no connection.
    var isHeld = true
    var isSubscribed = false
    /// No message is taken any more.
    var isFinished = false
    /// Why nothing can be published any more.
    var end: NATSError?
    /// The inbox goes when the window is empty.
    var isAbandoned = false

    /// Publishes that wait for room.
    var producers = FIFO<WaiterID>()
    var flushes: [PendingFlush] = []
    /// The first failure of which nobody was told: neither a ticket nor the outcomes.
    var untoldFailure: (any Error)?

    /// How many want outcomes. While nobody does, they aren't gathered.
    var outcomeInterests = 0
    var outcomes: [PipelineOutcome] = []
    var outcomeReaders: [WaiterID] = []

    /// When the timer fires.
    var armedDeadline = Timestamp.distantFuture
    var timer: WaiterID?

    /// `<inbox>.`, and the token of the message behind it.
    private var reply: ByteBuffer
    private let token: PublishToken
    private let replyPrefixCount: Int
    private var headers = ByteBuffer(minimumCapacity: 256)
    private var frame = ByteBuffer(minimumCapacity: 1024)
    /// What a generated message id begins with; its number follows. Unique in the world.
    private let idPrefix: [UInt8]
    private let generatesIDs: Bool

    init(_ options: PipelineOptions, inbox: String, idPrefix: String) {
        window = PublishWindow(options.limits)
        token = PublishToken(slots: options.limits.messages)
        generatesIDs = options.generatesIDs
        self.idPrefix = Array(idPrefix.utf8)
        var reply = ByteBuffer(minimumCapacity: 128)
        reply.append(utf8: inbox)
        reply.append(UInt8(ascii: "."))
        replyPrefixCount = reply.count
        self.reply = reply
    }

    struct PendingFlush {
        let waiter: WaiterID
        /// Messages from this number on aren't waited for.
        let end: UInt64
        /// How many before it are in the window.
        var remaining: Int
    }
}

/// A message to publish, borrowed.
struct OutgoingMessage: ~Escapable {
    let subject: Span<UInt8>
    let headers: Span<UInt8>
    /// Empty: none.
    let messageID: Span<UInt8>
    let payload: Span<UInt8>

    @_lifetime(copy subject, copy headers, copy messageID, copy payload)
    init(subject: Span<UInt8>, headers: Span<UInt8>, messageID: Span<UInt8>, payload: Span<UInt8>) {
        self.subject = subject
        self.headers = headers
        self.messageID = messageID
        self.payload = payload
    }
}

extension PipelineState {
    /// When to look again. While all is held, what is due to be sent again waits for the connection, and not for a time.
    var nextDeadline: Timestamp? { isHeld ? window.nextTimeout : window.nextDeadline }

    /// Encodes the message under the id's reply subject, keeps it in the window and stages it, unless it is held.
    ///
    /// - Parameter external: the payload once more, when it is to be sent from where it lies; else empty.
    @inline(__always)
    mutating func send(
        _ id: WaiterID, _ message: borrowing OutgoingMessage, external: [UInt8], _ stage: borrowing LockedBox<OutboundStage>,
        isStaged: inout Bool
    ) -> PublishRefusal? {
        encode(id, message, isExternal: !external.isEmpty)
        let hasHeaders = !headers.isEmpty || !message.headers.isEmpty
        let headerCount = headers.isEmpty ? message.headers.count : headers.count
        let body = headerCount &+ message.payload.count
        let refusal: PublishRefusal?
        // The caller unlocks, and wakes the reactor for what is staged.
        stage.lock()
        isStaged = true
        if isHeld {
            refusal = stage.value.refusalOfHeld(frame.span, body: body, hasHeaders: hasHeaders, payload: external)
        } else {
            refusal = stage.value.publishEncoded(frame.span, body: body, hasHeaders: hasHeaders, payload: external)
        }
        if let refusal { return refusal }
        window.keep(frame, payload: external, isSent: !isHeld, for: id)
        return nil
    }

    /// Writes the frame of a message: all of it, or the part before an external payload.
    @inline(__always)
    private mutating func encode(_ id: WaiterID, _ message: borrowing OutgoingMessage, isExternal: Bool) {
        reply.removeLast(reply.count &- replyPrefixCount)
        token.append(id, to: &reply)
        headers.removeAll()
        frame.removeAll()
        if !message.messageID.isEmpty {
            message.writeHeaders(into: &headers)
        } else if generatesIDs, !message.hasID {
            message.writeHeaders(generatedID: idPrefix, number: window.nextNumber &- 1, into: &headers)
        }
        message.write(reply: reply, headers: headers, isExternal: isExternal, into: &frame)
    }
}

extension OutgoingMessage {
    /// The publish, with these headers if there are any, else with the message's own.
    @inline(__always)
    func write(
        reply: borrowing ByteBuffer, headers: borrowing ByteBuffer, isExternal: Bool, into frame: inout ByteBuffer
    ) {
        if headers.isEmpty {
            write(reply: reply.span, headers: self.headers, isExternal: isExternal, into: &frame)
        } else {
            write(reply: reply.span, headers: headers.span, isExternal: isExternal, into: &frame)
        }
    }

    @inline(__always)
    private func write(reply: Span<UInt8>, headers: Span<UInt8>, isExternal: Bool, into frame: inout ByteBuffer) {
        if isExternal {
            FrameEncoder.publishLine(
                subject: subject, reply: reply, headers: headers, payloadCount: payload.count, into: &frame)
        } else if headers.isEmpty {
            FrameEncoder.publish(subject: subject, reply: reply, payload: payload, into: &frame)
        } else {
            FrameEncoder.publish(subject: subject, reply: reply, headers: headers, payload: payload, into: &frame)
        }
    }

    /// Whether its headers have an id already.
    var hasID: Bool {
        guard !headers.isEmpty else { return false }
        return HeaderBlockView(headers).first(for: HeaderName.messageID.utf8Span.span, caseInsensitive: false) != nil
    }

    /// The message's headers and its id, as one block.
    func writeHeaders(into block: inout ByteBuffer) {
        beginHeaders(&block)
        block.append(messageID)
        block.append("\r\n\r\n")
    }

    /// The message's headers and an id made of a prefix and a number, as one block.
    func writeHeaders(generatedID prefix: [UInt8], number: UInt64, into block: inout ByteBuffer) {
        beginHeaders(&block)
        block.append(contentsOf: prefix)
        block.append(decimal: number)
        block.append("\r\n\r\n")
    }

    private func beginHeaders(_ block: inout ByteBuffer) {
        if headers.isEmpty {
            block.append("NATS/1.0\r\n")
        } else {
            // Without the empty line at its end.
            block.append(headers.extracting(droppingLast: 2))
        }
        block.append("Nats-Msg-Id: ")
    }
}
