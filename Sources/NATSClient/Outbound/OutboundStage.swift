import NATSProtocol
import Reactor

/// Where callers on any thread put frames, in order: one half of a double buffer, behind the connection's lock.
///
/// A publish encodes its frame here and returns. The reactor swaps the buffer for an empty one when no send is in
/// flight, hands it to the kernel whole, and recycles it. Idle: a frame leaves at once. Busy: frames gather while
/// a send runs. There is no flush timer.
///
/// The waiters (requests, flushes, …) live beside it under the same lock, so that a request costs one lock.
struct OutboundStage: ~Copyable {
    private(set) var bytes = StagedBytes()
    private var fences: [StagedFence] = []
    /// Accepted publishes that the reactor has taken, so that one counter is enough on the hot path.
    private var takenPublishes: UInt64 = 0
    private var stagedPublishes: UInt64 { account.accepted &- takenPublishes }

    var acceptance = Acceptance.open { didSet { updateShortLimits() } }
    var account = OutboundAccount()
    /// Bytes that the reactor took and that the kernel hasn't accepted yet.
    var inFlightBytes = 0 { didSet { updateShortLimits() } }
    /// Staged plus in-flight bytes at which publishes are refused. Differs while disconnected.
    var limitBytes: Int { didSet { updateShortLimits() } }
    /// `max_payload` of the server; unlimited before the first INFO, and checked again at replay.
    var maximumPayload = Int.max { didSet { updateShortLimits() } }
    /// Short publishes need no other check below these: see `publishShort`.
    private var shortPayloadEnd = 0
    private var shortStageEnd = 0
    /// `max_control_line` of the server, as far as known: its default.
    let maximumControlLine = 4096
    var supportsHeaders = true
    let dropsWhenFull: Bool

    /// Who is to be woken for what is staged; `nil` after the close.
    var driver: ConnectionDriver?
    /// True while the reactor is going to look at the stage anyway.
    var isScheduled = false
    /// A request brought an earlier deadline, and the reactor has not been told yet.
    var needsTimer = false
    /// The deadline for which the reactor's timer is set.
    var armedDeadline = Timestamp.distantFuture

    var waiters: WaiterTable
    /// Completions that came before their waiter had a continuation.
    var earlyCompletions: [WaiterID: Completion] = [:]
    /// Callers that wait for room, first come first served.
    var roomWaiters = WaitingLine()
    /// Flushes that wait, in wire order.
    var flushWaiters = WaitingLine()
    private var nextFlushFence: UInt64 = 0
    /// Bytes of SUB and UNSUB among the staged ones.
    private(set) var controlBytes = 0
    /// The reply subjects of messages that were too large for a server, until somebody is told.
    private var repliesOfDiscarded: [[UInt8]] = []
    /// One past the last PING that was staged: only a flush with nothing behind it can be shared.
    private var lastPingEnd = 0

    /// "_INBOX.<id>." once the request inbox is subscribed; empty before.
    var requestInbox: [UInt8] = []
    private var replyScratch: ByteBuffer? = ByteBuffer(minimumCapacity: 128)

    init(limitBytes: Int, dropsWhenFull: Bool) {
        self.limitBytes = limitBytes
        self.dropsWhenFull = dropsWhenFull
        waiters = WaiterTable(capacityLimit: ClientDefaults.waitersMax, apartKind: WaiterKind.timer.rawValue)
        updateShortLimits()
    }

    // MARK: Accepting frames

    /// The hot path: neither reply nor headers. The subject may be anything.
    ///
    /// Three comparisons stand for all conditions; what they let through is accepted, everything else is looked at by
    /// the general form.
    @inline(__always)
    mutating func publishShort(subject: Span<UInt8>, payload: Span<UInt8>) -> PublishRefusal? {
        guard payload.count < shortPayloadEnd, UInt(bitPattern: subject.count &- 1) < Self.shortSubjectMax,
            bytes.buffer.count &+ subject.count &+ payload.count < shortStageEnd
        else { return publishChecked(subject: subject, payload: payload) }
        let before = bytes.buffer.count
        guard FrameEncoder.publishShort(subject: subject, payload: payload, into: &bytes.buffer) else {
            return .invalidSubject
        }
        recordAccepted(bytes.buffer.count &- before)
        return nil
    }

    /// The same with the subject encoded before.
    @inline(__always)
    mutating func publishShort(prefix: borrowing PublishPrefix, payload: Span<UInt8>) -> PublishRefusal? {
        guard payload.count < shortPayloadEnd, UInt(bitPattern: prefix.subjectCount) <= Self.shortSubjectMax,
            bytes.buffer.count &+ prefix.subjectCount &+ payload.count < shortStageEnd
        else { return publishChecked(prefix: prefix, payload: payload) }
        let before = bytes.buffer.count
        FrameEncoder.publishShort(prefix: prefix, payload: payload, into: &bytes.buffer)
        recordAccepted(bytes.buffer.count &- before)
        return nil
    }

    @inline(never)
    private mutating func publishChecked(subject: Span<UInt8>, payload: Span<UInt8>) -> PublishRefusal? {
        guard SubjectValidation.validatePublish(subject) == nil else { return .invalidSubject }
        return publish(subject: subject, reply: Span(), headers: Span(), payload: payload)
    }

    @inline(never)
    private mutating func publishChecked(prefix: borrowing PublishPrefix, payload: Span<UInt8>) -> PublishRefusal? {
        publish(prefix: prefix, reply: Span(), headers: Span(), payload: payload)
    }

    /// Longer subjects may be too long for the server's control line.
    private static let shortSubjectMax: UInt = 2_000
    /// More than a short frame has besides subject and payload.
    private static let shortFrameOverhead = 16

    /// Called whenever one of the conditions changes, which is once per batch.
    private mutating func updateShortLimits() {
        shortPayloadEnd = acceptance == .open ? min(maximumPayload, FrameEncoder.shortPayloadMax) + 1 : 0
        shortStageEnd = limitBytes &- inFlightBytes &- bytes.externalBytes &- Self.shortFrameOverhead
    }

    /// Checks what can only be checked here, and encodes the frame. Subject, reply and headers are valid already.
    @inline(__always)
    mutating func publish(
        subject: Span<UInt8>, reply: Span<UInt8>, headers: Span<UInt8>, payload: Span<UInt8>
    ) -> PublishRefusal? {
        let size = FrameEncoder.publishedSize(
            subjectCount: subject.count, replyCount: reply.count, headerCount: headers.count,
            payloadCount: payload.count)
        if let refusal = admit(size: size, body: headers.count &+ payload.count, hasHeaders: !headers.isEmpty) {
            return refusal
        }
        if headers.isEmpty {
            FrameEncoder.publish(subject: subject, reply: reply, payload: payload, into: &bytes.buffer)
        } else {
            FrameEncoder.publish(subject: subject, reply: reply, headers: headers, payload: payload, into: &bytes.buffer)
        }
        recordAccepted(size)
        return nil
    }

    /// The same with the subject encoded before.
    @inline(__always)
    mutating func publish(
        prefix: borrowing PublishPrefix, reply: Span<UInt8>, headers: Span<UInt8>, payload: Span<UInt8>
    ) -> PublishRefusal? {
        let size = FrameEncoder.publishedSize(
            subjectCount: prefix.subjectCount, replyCount: reply.count, headerCount: headers.count,
            payloadCount: payload.count)
        if let refusal = admit(size: size, body: headers.count &+ payload.count, hasHeaders: !headers.isEmpty) {
            return refusal
        }
        if headers.isEmpty {
            FrameEncoder.publish(prefix: prefix, reply: reply, payload: payload, into: &bytes.buffer)
        } else {
            FrameEncoder.publish(prefix: prefix, reply: reply, headers: headers, payload: payload, into: &bytes.buffer)
        }
        recordAccepted(size)
        return nil
    }

    /// A publish whose payload is large enough to be sent from where it lies. The array is retained, not copied.
    mutating func publishExternal(
        subject: Span<UInt8>, reply: Span<UInt8>, headers: Span<UInt8>, payload: [UInt8]
    ) -> PublishRefusal? {
        let size = FrameEncoder.publishedSize(
            subjectCount: subject.count, replyCount: reply.count, headerCount: headers.count,
            payloadCount: payload.count)
        if let refusal = admit(size: size, body: headers.count &+ payload.count, hasHeaders: !headers.isEmpty) {
            return refusal
        }
        FrameEncoder.publishLine(
            subject: subject, reply: reply, headers: headers, payloadCount: payload.count, into: &bytes.buffer)
        bytes.appendExternal(payload)
        updateShortLimits()
        bytes.buffer.appendLineEnd()
        recordAccepted(size)
        return nil
    }

    /// A small publish that isn't refused for want of room: of these there are never more than the protocol allows.
    mutating func publishBeyondLimit(
        subject: Span<UInt8>, reply: Span<UInt8>, payload: Span<UInt8>
    ) -> PublishRefusal? {
        guard acceptance == .open else { return refusalByState }
        let size = FrameEncoder.publishedSize(
            subjectCount: subject.count, replyCount: reply.count, headerCount: 0, payloadCount: payload.count)
        guard payload.count <= maximumPayload else { return .payloadTooLarge }
        guard size &- payload.count <= maximumControlLine else { return .invalidSubject }
        FrameEncoder.publish(subject: subject, reply: reply, payload: payload, into: &bytes.buffer)
        recordAccepted(size)
        return nil
    }

    /// A publish whose reply subject is the request inbox plus the waiter's token.
    mutating func publishRequest(
        _ id: WaiterID, subject: Span<UInt8>, headers: Span<UInt8>, payload: Span<UInt8>
    ) -> PublishRefusal? {
        // Taken out and put back, so that its span can be read while the stage is written.
        var reply = replyScratch.take() ?? ByteBuffer(minimumCapacity: 128)
        reply.removeAll()
        reply.append(requestInbox.span)
        ReplyToken.append(id, to: &reply)
        let refusal = publish(subject: subject, reply: reply.span, headers: headers, payload: payload)
        replyScratch = consume reply
        return refusal
    }

    /// A publish that was encoded before. With an external payload the frame ends before it.
    @inline(__always)
    mutating func publishEncoded(_ frame: Span<UInt8>, body: Int, hasHeaders: Bool, payload: [UInt8]) -> PublishRefusal? {
        let size = Self.encodedSize(frame, payload)
        if let refusal = admit(size: size, body: body, hasHeaders: hasHeaders) { return refusal }
        append(frame, payload, size)
        return nil
    }

    /// Whether an encoded publish that isn't staged now could be, were there room.
    func refusalOfHeld(_ frame: Span<UInt8>, body: Int, hasHeaders: Bool, payload: [UInt8]) -> PublishRefusal? {
        let refusal = admit(size: Self.encodedSize(frame, payload), body: body, hasHeaders: hasHeaders)
        return refusal == .full ? nil : refusal
    }

    /// A publish that has waited in a window, which bounds it: it finds room here, so that nothing that came later overtakes it.
    mutating func publishHeld(_ frame: Span<UInt8>, body: Int, hasHeaders: Bool, payload: [UInt8]) -> PublishRefusal? {
        if let refusal = refusalOfHeld(frame, body: body, hasHeaders: hasHeaders, payload: payload) { return refusal }
        append(frame, payload, Self.encodedSize(frame, payload))
        return nil
    }

    @inline(__always)
    private static func encodedSize(_ frame: Span<UInt8>, _ payload: [UInt8]) -> Int {
        frame.count &+ (payload.isEmpty ? 0 : payload.count &+ 2)
    }

    @inline(__always)
    private mutating func append(_ frame: Span<UInt8>, _ payload: [UInt8], _ size: Int) {
        bytes.buffer.append(frame)
        if !payload.isEmpty {
            bytes.appendExternal(payload)
            updateShortLimits()
            bytes.buffer.appendLineEnd()
        }
        recordAccepted(size)
    }

    @inline(__always)
    private func admit(size: Int, body: Int, hasHeaders: Bool) -> PublishRefusal? {
        guard acceptance == .open else { return refusalByState }
        guard body <= maximumPayload else { return .payloadTooLarge }
        guard size &- body <= maximumControlLine else { return .invalidSubject }
        guard !hasHeaders || supportsHeaders else { return .headersNotSupported }
        return hasRoom(size) ? nil : .full
    }

    @inline(__always)
    private func hasRoom(_ size: Int) -> Bool {
        let pending = bytes.count &+ inFlightBytes
        // A frame larger than the limit is let through when nothing waits: otherwise it could never be sent.
        return pending &+ size <= limitBytes || pending == 0
    }

    private var refusalByState: PublishRefusal {
        switch acceptance {
        case .open, .closed: .closed
        case .disconnected: .disconnected
        case .draining: .draining
        }
    }

    @inline(__always)
    private mutating func recordAccepted(_ size: Int) {
        account.accepted &+= 1
        account.acceptedBytes &+= UInt64(truncatingIfNeeded: size)
    }

    /// Control frames of the session (SUB, UNSUB) in order with the publishes, with a PING behind them if `fence`.
    mutating func appendOrdered(_ frames: Span<UInt8>, fence: Fence?) {
        bytes.buffer.append(frames)
        controlBytes &+= frames.count
        if let fence { appendPing(fence) }
    }

    /// A PING whose PONG tells that everything staged before is at the server. Flushes with nothing published between
    /// them share one, so that flushing during an outage can't grow the stage.
    mutating func appendFlush(waiter: WaiterID) {
        if let last = fences.last, case .user(let fence) = last.fence, lastPingEnd == bytes.buffer.count {
            return flushWaiters.append(waiter, fence: fence)
        }
        nextFlushFence &+= 1
        flushWaiters.append(waiter, fence: nextFlushFence)
        appendPing(.user(nextFlushFence))
    }

    private mutating func appendPing(_ fence: Fence) {
        FrameEncoder.ping(into: &bytes.buffer)
        lastPingEnd = bytes.buffer.count
        fences.append(StagedFence(fence: fence, publishesBefore: stagedPublishes))
    }

    // MARK: Waking the reactor

    /// The driver to schedule, if the reactor isn't going to look anyway. The caller schedules it after unlocking.
    @inline(__always)
    mutating func driverToSchedule() -> ConnectionDriver? {
        guard !isScheduled else { return nil }
        isScheduled = true
        return driver
    }

    /// The same for a new deadline that is earlier than the one for which the timer is set.
    mutating func driverToSchedule(for deadline: Timestamp) -> ConnectionDriver? {
        guard deadline < armedDeadline else { return nil }
        armedDeadline = deadline
        isScheduled = true
        return driver
    }

    // MARK: Handing over (reactor)

    /// Swaps the staged bytes for the empty `buffer`. Fences are appended to `fences`.
    mutating func take(into buffer: inout StagedBytes, fences taken: inout [StagedFence]) -> UInt64 {
        swap(&bytes, &buffer)
        bytes.removeAll()
        inFlightBytes = buffer.count
        controlBytes = 0
        if !fences.isEmpty {
            taken.append(contentsOf: fences)
            fences.removeAll(keepingCapacity: true)
        }
        defer { takenPublishes = account.accepted }
        return stagedPublishes
    }

    // MARK: Losing a connection (reactor)

    /// Keeps only whole publishes of what is staged: SUB, UNSUB and PING belong to the lost connection.
    mutating func keepOnlyPublishes(limitBytes: Int) {
        var rebuild = OutboundRebuild(limitBytes: limitBytes)
        bytes.withContiguousFrames { rebuild.add(staged: $0, fences: []) }
        adopt(&rebuild)
    }

    /// A move: SUB and UNSUB, and the PINGs behind them, were for the connection that is left. What the user staged stays
    /// in order, and so do his PINGs.
    ///
    /// Returns the UNSUBs. The session knows nothing of these subscriptions any more, so the server that is left must
    /// hear of their end now: it may be the present one again.
    mutating func forgetControlFrames() -> [UInt8] {
        guard controlBytes > 0 || !fences.isEmpty else { return [] }
        var rebuild = OutboundRebuild(limitBytes: .max)
        bytes.withContiguousFrames { rebuild.add(staged: $0, fences: fences, keepsSessionFences: false) }
        adopt(&rebuild)
        return rebuild.unsubscribes
    }

    /// Puts the unsent publishes of the last batch back, ahead of what is staged. Returns what became of the batch.
    ///
    /// What is staged was staged after the loss or the hold (`keepOnlyPublishes`, `forgetControlFrames`): SUB and UNSUB
    /// among it are for the next connection.
    mutating func takeBack(
        _ batch: borrowing StagedBytes, written: Int, limitBytes: Int
    ) -> (written: UInt64, discarded: UInt64) {
        var rebuild = OutboundRebuild(limitBytes: limitBytes)
        batch.withContiguousFrames { rebuild.add(inFlight: $0, written: written) }
        bytes.withContiguousFrames { rebuild.add(staged: $0, fences: fences, keepsControlFrames: true) }
        let keptControlBytes = controlBytes
        adopt(&rebuild)
        controlBytes = keptControlBytes
        inFlightBytes = 0
        return (rebuild.writtenPublishes, rebuild.discardedPublishes)
    }

    /// Gives up staged messages whose headers and payload are larger than `maximumPayload`.
    mutating func discardLarger(than maximumPayload: Int) {
        var rebuild = OutboundRebuild(limitBytes: .max, maximumPayload: maximumPayload)
        filter(&rebuild)
        repliesOfDiscarded += rebuild.repliesOfLarger
    }

    /// Gives up staged messages whose reply subjects begin so: they have ended, or are sent in another way.
    mutating func withdraw(replies prefixes: [[UInt8]]) {
        guard hasStagedBytes, !prefixes.isEmpty else { return }
        var rebuild = OutboundRebuild(limitBytes: .max, withdrawnReplies: prefixes)
        filter(&rebuild)
    }

    private mutating func filter(_ rebuild: inout OutboundRebuild) {
        bytes.withContiguousFrames { rebuild.add(staged: $0, fences: fences, keepsControlFrames: true) }
        let keptControlBytes = controlBytes
        adopt(&rebuild)
        controlBytes = keptControlBytes
    }

    mutating func takeRepliesOfDiscarded() -> [[UInt8]] {
        defer { repliesOfDiscarded = [] }
        return repliesOfDiscarded
    }

    /// Gives up everything that isn't written.
    mutating func discardAll() {
        account.discarded = account.accepted &- account.written
        bytes.removeAll()
        fences.removeAll()
        controlBytes = 0
        takenPublishes = account.accepted
        inFlightBytes = 0
    }

    private mutating func adopt(_ rebuild: inout OutboundRebuild) {
        bytes.removeAll()
        rebuild.exchangeBytes(&bytes.buffer)
        fences = rebuild.fences
        lastPingEnd = 0
        controlBytes = 0
        takenPublishes = account.accepted &- rebuild.keptPublishes
        updateShortLimits()
        account.discarded &+= rebuild.discardedPublishes
    }

    var stagedByteCount: Int { bytes.count }
    /// Bytes that the kernel hasn't accepted yet.
    var pendingBytes: Int { bytes.count &+ inFlightBytes }
    var hasStagedBytes: Bool { !bytes.isEmpty }
}
