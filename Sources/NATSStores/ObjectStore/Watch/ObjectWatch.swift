import NATSClient
internal import NATSProtocol
import Synchronization

/// What happens to the objects of a bucket, in order, without repetitions, and without an end.
///
///     for try await update in try objects.watch() {
///         switch update {
///         case .info(let info): print(info.name, info.isDeleted ? "is deleted" : "has \(info.size) bytes")
///         case .initialStateComplete: print("that is all there is")
///         case .gap: await reload()
///         }
///     }
///
/// It goes on by itself, as a ``KeyValueWatch`` does: after losses of the connection, restarts and changes of leaders, and when somebody
/// deletes its consumer on the server. Memory is bounded: a slow reader makes the server wait.
///
/// It is for one reader, and begins when it is made. Cancelling the reader's task or breaking out of the loop loses nothing: the next
/// iteration goes on. ``stop()``, and the loss of the last reference, remove the consumer from the server.
///
/// The sequence ends after ``stop()`` and the connection's drain. It throws ``NATSError/Code/bucketNotFound``;
/// ``NATSError/Code/objectDamaged`` for a record that can't be read, behind which it goes on; ``NATSError/Code/jetStreamRefused``;
/// ``NATSError/Code/connectionClosed``; `CancellationError`.
public final class ObjectWatch: AsyncSequence, Sendable {
    private struct State: Sendable {
        var reader: ConsumerMessages
        var machine = WatchStateMachine(seesEverything: false)
        /// A few at most.
        var waiting: [ObjectUpdate] = []
        /// A consumer of which is known that it is there, and not yet what it means.
        var creation: ConsumerCreation?
        /// Whether this reader had a consumer before.
        var hasBegun = false
        var policy: ConsumerConfiguration.DeliverPolicy
        /// When the bucket was made; nil: not known.
        var created: ServerTime?
        var isStopped = false
    }

    private let store: ObjectStore
    private let options: ObjectWatchOptions
    private let filters: [String]
    private let state: Mutex<State>

    init(_ store: ObjectStore, _ names: [String]?, _ options: ObjectWatchOptions) throws {
        self.store = store
        self.options = options
        guard names?.isEmpty != true else { throw NATSError(.invalidObjectName, "a watch of no object has nothing to tell") }
        filters = try names?.map(store.recordSubject(of:)) ?? [store.recordPrefix + ">"]
        state = Mutex(
            State(
                reader: Self.reader(store, filters, options, options.deliverPolicy), policy: options.deliverPolicy,
                created: store.stream.cachedInfo?.created))
    }

    private static func reader(
        _ store: ObjectStore, _ filters: [String], _ options: ObjectWatchOptions,
        _ policy: ConsumerConfiguration.DeliverPolicy
    ) -> ConsumerMessages {
        var ordered = OrderedOptions(filterSubjects: filters, deliverPolicy: policy)
        ordered.inactiveThreshold = options.inactiveThreshold
        ordered.consume = options.consume
        ordered.handsOnSigns = true
        return OrderedConsumer(store.stream, ordered).messages()
    }

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
    public func next() async throws -> ObjectUpdate? {
        while true {
            let (creation, update, reader) = state.withLock { state in
                (state.creation, state.waiting.isEmpty ? nil : state.waiting.removeFirst(), state.reader)
            }
            if let update { return update }
            if let creation {
                try await begin(creation)
                continue
            }
            guard let message = try await KeyValueFailure.ofBucket(store.bucket, { try await reader.next() }) else { return nil }
            if message.subjectBytes.starts(with: store.recordPrefix.utf8Span.span) {
                try take(message)
            } else if message.hasHeaders {
                state.withLock { state in
                    for event in state.machine.idle() { state.waiting.append(ObjectUpdate(event)) }
                }
            } else {
                // It isn't lost when the reader is cancelled while it asks what it means.
                state.withLock { $0.creation = ConsumerCreation(message.bytes) }
            }
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(watch: self) }

    /// Goes over what happens.
    public struct Iterator: AsyncIteratorProtocol {
        let watch: ObjectWatch
        public mutating func next() async throws -> ObjectUpdate? { try await watch.next() }
    }
}

extension ObjectStore {
    /// Watches objects: tells what is known of each, and whatever happens to them from now on.
    ///
    /// - Parameter names: only these, one at least; several need server 2.10. Default: all objects.
    /// - Throws: ``NATSError/Code/invalidObjectName``; everything else is thrown by the sequence.
    public func watch(_ names: [String]? = nil, options: ObjectWatchOptions = ObjectWatchOptions()) throws -> ObjectWatch {
        try ObjectWatch(self, names, options)
    }
}

// MARK: - Messages

extension ObjectWatch {
    private func take(_ message: Message) throws {
        guard let place = AcknowledgementSubject(message.replyBytes) else { return }
        let modified = ServerTime(nanosecondsSince1970: place.timeNanoseconds)
        let info = Result { () throws(NATSError) in
            try ObjectInfo(message.bytes, revision: place.streamSequence, modified: modified)
        }
        state.withLock { state in
            let (before, after) = state.machine.received(place.streamSequence, pending: place.pending ?? 0)
            if let before { state.waiting.append(ObjectUpdate(before)) }
            if case .success(let info) = info, !info.isDeleted || !options.ignoresDeletes { state.waiting.append(.info(info)) }
            if let after { state.waiting.append(ObjectUpdate(after)) }
        }
        _ = try info.get()
    }

    /// There is a consumer, the first one or another.
    private func begin(_ creation: ConsumerCreation) async throws {
        let isFirst = state.withLock { !$0.hasBegun }
        let info = isFirst ? nil : try await bucketInfo()
        state.withLock { state in
            state.creation = nil
            state.hasBegun = true
            if !isFirst {
                if let info, isAnother(info, state) { return startAnew(info, &state) }
                state.created = info?.created ?? state.created
                if let event = state.machine.resumed(info.map { WatchStateMachine.Bucket($0.state) }) {
                    state.waiting.append(ObjectUpdate(event))
                }
            }
            if let event = state.machine.began(pending: creation.pending, behind: creation.place(state.policy)) {
                state.waiting.append(ObjectUpdate(event))
            }
        }
    }

    /// How the bucket is after an interruption; nil when nobody says it.
    private func bucketInfo() async throws -> StreamInfo? {
        do {
            return try await store.stream.info()
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
        state.waiting.append(.gap(ObjectGap(fromRevision: state.machine.revision &+ 1, isNewBucket: true)))
        state.reader.stop()
        state.policy = options.includesHistory ? .all : .lastPerSubject
        state.reader = Self.reader(store, filters, options, state.policy)
        if state.isStopped { state.reader.stop() }
        state.machine = WatchStateMachine(seesEverything: false)
        state.hasBegun = false
        state.created = info.created
    }
}

extension ObjectUpdate {
    fileprivate init(_ event: WatchStateMachine.Event) {
        switch event {
        case .complete: self = .initialStateComplete
        case .gap(let from): self = .gap(ObjectGap(fromRevision: from, isNewBucket: false))
        }
    }
}

extension WatchStateMachine.Bucket {
    fileprivate init(_ state: StreamState) {
        self.init(
            firstSequence: state.firstSequence, lastSequence: state.lastSequence, deletedCount: state.deletedCount)
    }
}
