public import NATSClient
internal import NATSProtocol
import Synchronization

/// Messages that go into a stream as fast as it takes them, with one acknowledgement for many: fast ingest (ADR-50, server 2.14).
///
///     let batch = js.fastBatch()
///     for reading in readings { try await batch.publish("sensors.t", reading) }
///     let ack = try await batch.end()
///
/// The stream says how many messages may be under way, and `publish` suspends beyond. The stream needs
/// ``StreamConfiguration/allowsBatchPublish``. Everything is stored in order; what happens when messages get lost on the way, as with
/// a lost connection, is said by ``Gaps``. Without traffic for 10 seconds the server forgets a batch: ``keepAlive()``.
///
/// For one task at a time; thread-safe.
public final class FastBatch: Sendable {
    /// What the stream does when messages are missing.
    public enum Gaps: Sendable, Hashable {
        /// The batch ends before the gap: what it has stored has no holes.
        case fail
        /// The batch goes on, and the gap is reported.
        case allow
    }

    /// What the stream says besides acknowledging.
    public enum Report: Sendable {
        /// The messages from `first` on and before `next`, numbers of this batch, didn't arrive.
        case gap(first: UInt64, next: UInt64)
        /// The message with this number was refused; the batch goes on.
        case refused(UInt64, JetStreamError)
    }

    private struct State {
        var flow = FastBatchFlow()
        var end: Result<PublishAck, NATSError>?
        /// Of the last message: pings and the end go there, too.
        var subject = ""
        var isClosing = false
        var subscription: InlineSubscription?

        /// The batch has ended, or the stream doesn't have too much to say.
        var mayGoOn: Bool { end != nil || flow.mayGoOn }
    }

    /// What is published next.
    private struct Step {
        let number: UInt64
        /// Says everything to the stream.
        let reply: String
        let subjectBefore: String
    }

    private enum Operation: Int {
        case start, append, commit, endOfBatch, ping
    }

    private let jetStream: JetStream
    private let gaps: Gaps
    private let wantedFlow: Int
    private let onReport: @Sendable (Report) -> Void
    private let inbox: String
    private let room: WaitingRoom
    private let state = Mutex(State())

    /// Of a server that knows fast ingest (`jetstream_versioning.go`).
    private static let apiLevel = 4

    init(_ jetStream: JetStream, _ gaps: Gaps, _ flow: Int, _ onReport: @escaping @Sendable (Report) -> Void) {
        self.jetStream = jetStream
        self.gaps = gaps
        wantedFlow = min(max(1, flow), FastBatchFlow.intervalMax)
        self.onReport = onReport
        inbox = jetStream.connection.newInbox()
        room = WaitingRoom(jetStream.connection)
    }

    deinit { state.withLock { $0.subscription }?.unsubscribe() }

    /// Messages published so far.
    public var count: UInt64 { state.withLock { $0.flow.sequence } }
    /// The stream has said that everything up to this number has come. With ``Gaps/fail``, it is stored.
    public var acknowledgedCount: UInt64 { state.withLock { $0.flow.acknowledged } }

    /// Publishes a message; the first one waits for the stream's word, later ones while too many are under way.
    ///
    /// - Returns: its number in the batch, from 1.
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with the reason, such as `.batchPublishDisabled`, or why the batch has ended;
    ///   ``NATSError/Code/serverTooOld``; ``NATSError/Code/timedOut`` when the stream doesn't say that it goes on;
    ///   ``NATSError/Code/publisherFinished`` after the batch's end; what `publish` throws, after which the message isn't part of the
    ///   batch, and the batch goes on.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, options: PublishOptions? = nil
    ) async throws -> UInt64 {
        try await append(subject, headers, options) { connection, headers, reply in
            try await connection.publish(subject, payload, headers: headers, reply: reply)
        }
    }

    /// Publishes a message of text. As ``publish(_:_:headers:options:)-(_,[UInt8],_,_)``.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: String, headers: Headers? = nil, options: PublishOptions? = nil
    ) async throws -> UInt64 {
        try await append(subject, headers, options) { connection, headers, reply in
            try await connection.publish(subject, payload, headers: headers, reply: reply)
        }
    }

    /// Publishes the last message, and ends the batch.
    ///
    /// - Returns: the last message's place, with the batch's id and count: with ``Gaps/fail`` how many were stored, with
    ///   ``Gaps/allow`` the number of the last one.
    /// - Throws: as ``publish(_:_:headers:options:)-(_,[UInt8],_,_)``.
    public func commit(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, options: PublishOptions? = nil
    ) async throws -> PublishAck {
        try await begin(subject)
        let headers = try options?.headers(with: headers) ?? headers
        return try await end(subject, .commit) { connection, reply in
            try await connection.publish(subject, payload, headers: headers, reply: reply)
        }
    }

    /// Ends the batch without another message. As ``commit(_:_:headers:options:)``.
    ///
    /// - Throws: ``NATSError/Code/invalidOption`` for an empty batch.
    public func end() async throws -> PublishAck {
        let subject = state.withLock { $0.subject }
        guard !subject.isEmpty else { throw NATSError(.invalidOption, "a batch without a message can't be ended") }
        return try await end(subject, .endOfBatch) { connection, reply in
            try await connection.publish(subject, reply: reply)
        }
    }

    /// Tells the stream that the batch goes on, and lets it repeat what it has said last. Doesn't wait.
    public func keepAlive() async throws {
        let (subject, sequence) = state.withLock { ($0.subject, $0.flow.sequence) }
        guard !subject.isEmpty else { return }
        try await jetStream.connection.publish(subject, reply: reply(sequence, .ping))
    }

    // MARK: - Going on

    private func begin(_ subject: String) async throws {
        guard state.withLock({ $0.subscription == nil && $0.end == nil }) else { return }
        try jetStream.checkLevel(Self.apiLevel, subject)
        let subscription = try await jetStream.connection.subscribe(inbox + ".>", confirmed: false) { [weak self] view in
            self?.receive(view)
        }
        state.withLock { $0.subscription = subscription }
    }

    private func append(
        _ subject: String, _ headers: Headers?, _ options: PublishOptions?,
        _ publish: (NATSConnection, Headers?, _ reply: String) async throws -> Void
    ) async throws -> UInt64 {
        try await begin(subject)
        let headers = try options?.headers(with: headers) ?? headers
        let number = try await send(subject, .append) { connection, reply in try await publish(connection, headers, reply) }
        try await awaitFlow()
        return number
    }

    /// Publishes under the next number. What wasn't published takes none: else the stream would find a gap.
    private func send(
        _ subject: String, _ operation: Operation, _ publish: (NATSConnection, _ reply: String) async throws -> Void
    ) async throws -> UInt64 {
        let step = try next(subject, operation)
        do {
            try await publish(jetStream.connection, step.reply)
        } catch {
            takeBack(step)
            throw error
        }
        return step.number
    }

    private func next(_ subject: String, _ operation: Operation) throws(NATSError) -> Step {
        try state.withLock { state throws(NATSError) in
            if let end = state.end { throw Self.endError(end) }
            guard !state.isClosing else { throw NATSError(.publisherFinished, "the batch has ended") }
            let number = state.flow.next()
            let reply = reply(number, number == 1 && operation == .append ? .start : operation)
            let step = Step(number: number, reply: reply, subjectBefore: state.subject)
            state.subject = subject
            state.isClosing = operation != .append
            return step
        }
    }

    private func takeBack(_ step: Step) {
        state.withLock { state in
            // The batch is for one task at a time: there is no later number.
            guard state.flow.takeBack(step.number) else { return }
            state.subject = step.subjectBefore
            state.isClosing = false
        }
    }

    private func reply(_ sequence: UInt64, _ operation: Operation) -> String {
        "\(inbox).\(wantedFlow).\(gaps == .fail ? "fail" : "ok").\(sequence).\(operation.rawValue).$FI"
    }

    /// Suspends while the stream has too much to say.
    private func awaitFlow() async throws {
        // A word that got lost is asked for again, twice.
        for attempt in 0..<3 where !state.withLock({ $0.mayGoOn }) {
            do {
                try await room.wait(atMost: jetStream.timeout / 3) { self.state.withLock { $0.mayGoOn } }
            } catch let error as NATSError where error.code == .timedOut && attempt < 2 {
                try await keepAlive()
            }
        }
        if let end = state.withLock({ $0.end }) { throw Self.endError(end) }
    }

    private func end(
        _ subject: String, _ operation: Operation, _ publish: (NATSConnection, _ reply: String) async throws -> Void
    ) async throws -> PublishAck {
        _ = try await send(subject, operation, publish)
        try await room.wait(atMost: jetStream.timeout) { self.state.withLock { $0.end != nil } }
        guard let end = state.withLock({ $0.end }) else { throw NATSError(.timedOut, "the stream didn't end the batch") }
        return try end.get()
    }

    private static func endError(_ end: Result<PublishAck, NATSError>) -> NATSError {
        switch end {
        case .failure(let error): error
        case .success(let ack):
            NATSError(.publisherFinished, "the stream has ended the batch after \(ack.batchCount ?? 0) messages")
        }
    }

    // MARK: - Answers

    private func receive(_ message: borrowing MessageView) {
        let subject = state.withLock { $0.subject }
        if message.hasHeaders, message.status?.code == 503 {
            finish(.failure(NATSError(.noResponders, "no stream listens on this subject", subject: subject)))
            return
        }
        let answer: FastBatchAnswer
        do throws(JSONError) {
            answer = try FastBatchAnswer(json: message.bytes)
        } catch {
            finish(.failure(NATSError(.protocolViolation, "an answer to a batch can't be read: \(error)", underlying: error)))
            return
        }
        switch answer {
        case .flow(let sequence, let messages):
            state.withLock { $0.flow.received(upTo: sequence, interval: messages) }
            room.wake()
        case .gap(let first, let next): onReport(.gap(first: first, next: next))
        case .refused(let sequence, let error): onReport(.refused(sequence, JetStreamError(error)))
        case .end(let acknowledgement):
            state.withLock { $0.flow.received(upTo: acknowledgement.batchCount) }
            finish(Self.end(acknowledgement, subject))
        }
    }

    private static func end(_ acknowledgement: PublishAcknowledgement, _ subject: String) -> Result<PublishAck, NATSError> {
        if let error = acknowledgement.error {
            return .failure(JetStream.refused(JetStreamError(error), server: nil, subject: subject))
        }
        guard acknowledgement.isOfStream else {
            return .failure(
                NATSError(
                    .protocolViolation, "the answer names no stream: somebody else listens on the subject", subject: subject))
        }
        guard acknowledgement.batch != nil else {
            return .failure(
                NATSError(
                    .serverTooOld,
                    "the server doesn't know fast ingest and has stored the message by itself, as number "
                        + "\(acknowledgement.sequence) of stream '\(acknowledgement.stream)'", subject: subject))
        }
        return .success(PublishAck(acknowledgement))
    }

    private func finish(_ end: Result<PublishAck, NATSError>) {
        let subscription = state.withLock { state in
            state.end = state.end ?? end
            return state.subscription
        }
        subscription?.unsubscribe()
        room.wake()
    }
}

extension JetStream {
    /// Fast ingest: see ``FastBatch``.
    ///
    /// - Parameters:
    ///   - gaps: what the stream does when messages are missing. Default: the batch ends before the gap.
    ///   - flow: after how many messages the stream is to say something at most; it may choose fewer. Default: 200.
    ///   - onReport: called on the reactor's thread; must not block.
    public func fastBatch(
        gaps: FastBatch.Gaps = .fail, flow: Int = 200, onReport: @escaping @Sendable (FastBatch.Report) -> Void = { _ in }
    ) -> FastBatch {
        FastBatch(self, gaps, flow, onReport)
    }
}
