import NATSClient
internal import NATSProtocol
import Synchronization

/// What happens to the keys of a bucket, in order, without repetitions, and without an end.
///
///     for try await update in try kv.watch(["users.*"]) {
///         switch update {
///         case .entry(let entry): print(entry.key, entry.operation, entry.string)
///         case .initialStateComplete: print("that is all there is")
///         case .gap: await reload()
///         }
///     }
///
/// It goes on by itself when the connection or a server is lost, when a server restarts, when the bucket has a new leader, and when
/// somebody deletes its consumer on the server: behind the last revision that it has told. Revisions that were removed meanwhile can't be
/// told any more; then a ``KeyValueUpdate/gap(_:)`` is. Memory is bounded: a slow reader makes the server wait.
///
/// It is for one reader, and begins when it is made. Cancelling the reader's task or breaking out of the loop loses nothing: the next
/// iteration goes on. ``stop()``, and the loss of the last reference, remove the consumer from the server.
///
/// The sequence ends after ``stop()`` and the connection's drain. It throws ``NATSError/Code/bucketNotFound``;
/// ``NATSError/Code/codecFailed``; ``NATSError/Code/jetStreamRefused``; ``NATSError/Code/connectionClosed``; `CancellationError`.
public final class KeyValueWatch: AsyncSequence, Sendable {
    /// What the reader gets to know.
    enum Sign {
        case update(KeyValueUpdate)
        /// The server is there, and has nothing to tell.
        case idle
    }

    private struct State: Sendable {
        var reader: ConsumerMessages
        var machine: WatchStateMachine
        var policy: ConsumerConfiguration.DeliverPolicy
        /// A few at most.
        var waiting: [Sign] = []
        /// A consumer of which is known that it is there, and not yet what it means.
        var creation: ConsumerCreation?
        /// Whether this reader had a consumer before.
        var hasBegun = false
        /// When the bucket was made; nil: not known.
        var created: ServerTime?
        var isStopped = false
    }

    private let access: KeyValueAccess
    private let options: KeyValueWatchOptions
    private let filters: [String]
    private let state: Mutex<State>

    init(_ access: KeyValueAccess, _ filters: [String], _ options: KeyValueWatchOptions) throws {
        self.access = access
        self.options = options
        let subjects = try access.subjects(matching: filters)
        let whole = "\(access.readPrefix)>"
        self.filters = subjects.contains(whole) ? [whole] : subjects
        let reader = Self.reader(access, self.filters, options, options.deliverPolicy)
        state = Mutex(
            State(
                reader: reader, machine: WatchStateMachine(seesEverything: self.filters == [whole]),
                policy: options.deliverPolicy, created: access.stream.cachedInfo?.created))
    }

    private static func reader(
        _ access: KeyValueAccess, _ filters: [String], _ options: KeyValueWatchOptions,
        _ policy: ConsumerConfiguration.DeliverPolicy
    ) -> ConsumerMessages {
        var ordered = OrderedOptions(filterSubjects: filters, deliverPolicy: policy)
        ordered.isHeadersOnly = options.isMetaOnly
        ordered.inactiveThreshold = options.inactiveThreshold
        ordered.consume = options.consume
        ordered.handsOnSigns = true
        return OrderedConsumer(access.stream, ordered).messages()
    }

    /// The revision that was told last, or behind which the watch goes on; 0: it begins at the beginning.
    public var revision: UInt64 { state.withLock { $0.machine.revision } }

    /// What happens to the connection and the server, from now on. Nothing of it needs an answer.
    public var events: ConsumerEvents { state.withLock { $0.reader }.events }

    /// Ends the watch, and removes its consumer from the server. What has come is still told. Repeating it does nothing.
    public func stop() {
        let reader = state.withLock { state in
            state.isStopped = true
            return state.reader
        }
        reader.stop()
    }

    /// What happens next; nil at the end. Throws as the sequence.
    public func next() async throws -> KeyValueUpdate? {
        while let sign = try await nextSign() {
            if case .update(let update) = sign { return update }
        }
        return nil
    }

    public func makeAsyncIterator() -> Iterator { Iterator(watch: self) }

    /// Goes over what happens.
    public struct Iterator: AsyncIteratorProtocol {
        let watch: KeyValueWatch
        public mutating func next() async throws -> KeyValueUpdate? { try await watch.next() }
    }
}

extension KeyValueReading {
    /// Watches keys: tells their last values, and whatever happens to them from now on.
    ///
    /// - Parameter filters: keys and patterns, one at least; several need server 2.10, and mustn't overlap. Default: all keys.
    /// - Throws: ``NATSError/Code/invalidKey``; everything else is thrown by the sequence.
    public func watch(
        _ filters: [String] = [">"], options: KeyValueWatchOptions = KeyValueWatchOptions()
    ) throws -> KeyValueWatch {
        try KeyValueWatch(access, filters, options)
    }
}

// MARK: - Messages

extension KeyValueWatch {
    /// - Parameter timeout: nil: however long it takes. Otherwise ``NATSError/Code/timedOut`` is thrown.
    func nextSign(timeout: Duration? = nil) async throws -> Sign? {
        while true {
            let (creation, sign, reader) = state.withLock { state in
                (state.creation, state.waiting.isEmpty ? nil : state.waiting.removeFirst(), state.reader)
            }
            if let sign { return sign }
            if let creation {
                try await begin(creation)
                continue
            }
            guard let message = try await nextMessage(reader, timeout) else { return nil }
            if message.subjectBytes.starts(with: access.readPrefix.utf8Span.span) {
                if let sign = try take(message) { return sign }
            } else if message.hasHeaders {
                state.withLock { state in
                    for event in state.machine.idle() { state.waiting.append(.update(KeyValueUpdate(event))) }
                    state.waiting.append(.idle)
                }
            } else {
                // It isn't lost when the reader is cancelled while it asks what it means.
                state.withLock { $0.creation = ConsumerCreation(message.bytes) }
            }
        }
    }

    private func nextMessage(_ reader: ConsumerMessages, _ timeout: Duration?) async throws -> Message? {
        do {
            if let timeout { return try await reader.subscription.next(timeout: timeout) }
            return try await reader.next()
        } catch let error as NATSError {
            throw KeyValueFailure.ofBucket(access.bucket, error)
        }
    }

    /// - Returns: what it means; nil when that waits, or is nothing.
    private func take(_ message: Message) throws -> Sign? {
        guard let place = AcknowledgementSubject(message.replyBytes) else { return nil }
        // Also a value that can't be decoded was told.
        let entry = Result { try KeyValueEntry(message, access, isHeadersOnly: options.isMetaOnly) }
        let sign: Sign? = state.withLock { state in
            let (before, after) = state.machine.received(place.streamSequence, pending: place.pending ?? 0)
            var sign: Sign?
            if case .success(let entry?) = entry, entry.isPresent || !options.ignoresDeletes { sign = .update(.entry(entry)) }
            if before == nil, after == nil { return sign }
            if let before { state.waiting.append(.update(KeyValueUpdate(before))) }
            if let sign { state.waiting.append(sign) }
            if let after { state.waiting.append(.update(KeyValueUpdate(after))) }
            return nil
        }
        _ = try entry.get()
        return sign
    }

    /// There is a consumer, the first one or another.
    private func begin(_ creation: ConsumerCreation) async throws {
        let isFirst = state.withLock { !$0.hasBegun }
        var info: StreamInfo?
        if !isFirst { info = try await bucketInfo() }
        state.withLock { state in
            state.creation = nil
            state.hasBegun = true
            let place = creation.place(state.policy)
            if !isFirst {
                if let info, isAnother(info, state) { return startAnew(info, &state) }
                if let created = info?.created { state.created = created }
                let bucket = info.map {
                    WatchStateMachine.Bucket(
                        firstSequence: $0.state.firstSequence, lastSequence: $0.state.lastSequence,
                        deletedCount: $0.state.deletedCount)
                }
                if let event = state.machine.resumed(bucket) { state.waiting.append(.update(KeyValueUpdate(event))) }
            }
            if let event = state.machine.began(pending: creation.pending, behind: place) {
                state.waiting.append(.update(KeyValueUpdate(event)))
            }
        }
    }

    /// How the bucket is after an interruption; nil when nobody says it.
    private func bucketInfo() async throws -> StreamInfo? {
        do {
            return try await access.stream.info()
        } catch let error as NATSError where error.code != .connectionClosed {
            return nil
        }
    }

    private func isAnother(_ info: StreamInfo, _ state: State) -> Bool {
        if let created = state.created, let now = info.created, created != now { return true }
        return info.state.lastSequence < state.machine.revision
    }

    /// Everything that is in the bucket is new.
    private func startAnew(_ info: StreamInfo, _ state: inout State) {
        state.waiting.append(
            .update(.gap(KeyValueGap(fromRevision: state.machine.revision &+ 1, isNewBucket: true))))
        state.reader.stop()
        state.policy = options.includesHistory || options.fromRevision != nil ? .all : .lastPerSubject
        state.reader = Self.reader(access, filters, options, state.policy)
        if state.isStopped { state.reader.stop() }
        state.machine = WatchStateMachine(seesEverything: filters == ["\(access.readPrefix)>"])
        state.hasBegun = false
        state.created = info.created
    }
}

extension KeyValueUpdate {
    fileprivate init(_ event: WatchStateMachine.Event) {
        switch event {
        case .complete: self = .initialStateComplete
        case .gap(let from): self = .gap(KeyValueGap(fromRevision: from, isNewBucket: false))
        }
    }
}
