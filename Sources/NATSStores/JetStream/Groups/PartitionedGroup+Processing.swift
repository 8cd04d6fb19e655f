public import NATSClient
import Synchronization

extension PartitionedGroup {
    /// Takes part as a member: calls `handler` with each message of its partitions, and acknowledges it when that returns, as
    /// ``JetStream/Consumer/process(_:concurrency:keepAliveInterval:_:)`` does.
    ///
    /// Goes on until the task is cancelled or the group is deleted, which is an orderly end. When an elastic group's members change,
    /// handlers that run are cancelled and waited for, and it goes on with its new partitions; a member without any waits for some.
    /// What was given out and not acknowledged by then comes again, to whoever has its partition.
    ///
    /// - Parameters:
    ///   - member: its name; up to 16 letters, digits and `-_/=`. Clients with the same name take turns.
    ///   - consumer: further settings of the member's consumer; must be the same for all clients. Names, filters and priority groups
    ///     are the group's. ``ConsumerConfiguration/acknowledgementWait`` is at least 6 s, and another client takes over after it.
    ///   - options: how it is pulled from.
    ///   - concurrency: handlers at the same time. Default: 1, which keeps the order.
    ///   - keepAliveInterval: as of the consumer's.
    /// - Throws: ``NATSError/Code/groupNotFound``; ``NATSError/Code/invalidOption`` when a static group has no such member, or an
    ///   elastic one's consumer wants no acknowledgements; ``NATSError/Code/groupChanged`` when it became another one; as
    ///   ``ConsumerMessages``; `CancellationError`.
    public func process(
        as member: String, _ consumer: ConsumerConfiguration = ConsumerConfiguration(name: nil),
        options: ConsumeOptions = ConsumeOptions(), concurrency: Int = 1, keepAliveInterval: Duration? = nil,
        _ handler: @escaping @Sendable (Message) async throws -> Void
    ) async throws {
        guard kind == .static || consumer.acknowledgementPolicy == .explicit else {
            throw NATSError(.invalidOption, "messages of \(concerns) must be acknowledged each")
        }
        let first = try await configuration()
        guard kind == .elastic || !first.partitions(of: member).isEmpty else {
            throw NATSError(.invalidOption, "\(concerns) has no member '\(member)' with partitions")
        }
        let seat = GroupSeat(
            group: self, member: member, consumer: consumer, options: options, concurrency: concurrency,
            keepAliveInterval: keepAliveInterval, handler: handler)
        try await seat.take(first)
    }
}

extension NATSError.Code {
    /// A partitioned group was made anew in another way while a member took part.
    public static let groupChanged = Self("groupChanged")
}

extension Message {
    /// Of a message of a partitioned group: the subject under which it was published, without the number of its partition. Copies.
    public var subjectInGroup: String {
        let subject = subject
        guard let dot = subject.firstIndex(of: "."), subject[..<dot].allSatisfy(\.isWholeNumber) else { return subject }
        return String(subject[subject.index(after: dot)...])
    }
}

/// A member's place: follows the group, and works on the partitions that it gives.
private struct GroupSeat: Sendable {
    let group: PartitionedGroup
    let member: String
    let consumer: ConsumerConfiguration
    let options: ConsumeOptions
    let concurrency: Int
    let keepAliveInterval: Duration?
    let handler: @Sendable (Message) async throws -> Void
    /// Of the last message: says whether this client is the one of the member that gets them.
    let pin = LastPin()

    /// Until the group is deleted.
    func take(_ first: PartitionedGroupConfiguration) async throws {
        let watch = try group.bucket.watch(group.stream.name, group.name)
        var current = first
        var work = working(on: first, isChange: false, watch)
        do {
            for try await message in watch {
                if GroupEntry.isRemoval(message.headers) {
                    await work.end()
                    if group.kind == .static { try? await group.consumer(member).delete() }
                    return
                }
                let next = try GroupEntry(message.payload.span, revision: 0, group.kind, group.name).configuration
                guard next != current else { continue }
                guard group.kind == .elastic, next.isSameDivision(as: current) else {
                    throw NATSError(.groupChanged, "\(group.concerns) became another one")
                }
                await work.end()
                current = next
                work = working(on: next, isChange: true, watch)
            }
        } catch {
            await work.end()
            throw error
        }
        // The watch has ended with the connection, or because the work has failed.
        do {
            try await work.value
        } catch {
            // Consumers and streams go with their group.
            guard try await group.bucket.read(group.stream.name, group.name) != nil else { return }
            throw error
        }
    }

    /// A failure ends the watch, which waits otherwise.
    private func working(
        on configuration: PartitionedGroupConfiguration, isChange: Bool, _ watch: ConsumerMessages
    ) -> Task<Void, any Error> {
        Task {
            do {
                try await work(on: configuration, isChange)
            } catch {
                if !Task.isCancelled { watch.stop() }
                throw error
            }
        }
    }

    private func work(on configuration: PartitionedGroupConfiguration, _ isChange: Bool) async throws {
        if isChange { try await leaveConsumer() }
        let partitions = configuration.partitions(of: member)
        while !partitions.isEmpty {
            if let consumer = try await join(partitions) {
                do {
                    return try await consumer.process(
                        pullOptions, concurrency: concurrency, keepAliveInterval: keepAliveInterval
                    ) { [pin, handler] message in
                        pin.note(message.headers.last(for: HeaderName.pinID))
                        try await handler(message)
                    }
                } catch let error as NATSError where error.code == .consumerDeleted && group.kind == .elastic {
                    // Another client of the member makes it anew for the new partitions; so do we.
                }
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    /// The pin of a client that doesn't ask for so long goes to another.
    private var pullOptions: ConsumeOptions {
        var options = options
        options.group = member
        options.expiry = min(options.expiry, PartitionedGroup.acknowledgementWaitMin / 2)
        return options
    }

    /// The member's consumer; nil while others have one that is in the way.
    private func join(_ partitions: [Int]) async throws -> JetStream.Consumer? {
        var configuration = consumer
        configuration.durable = group.kind == .static ? group.consumerName(member) : nil
        configuration.name = group.kind == .static ? nil : group.consumerName(member)
        configuration.filterSubjects = partitions.map { "\($0).>" }
        let wait = max(configuration.acknowledgementWait ?? .zero, PartitionedGroup.acknowledgementWaitMin)
        configuration.acknowledgementWait = wait
        configuration.priorityGroups = [member]
        configuration.priorityPolicy = .pinnedClient
        configuration.priorityTimeout = wait
        guard group.kind == .elastic else { return try await group.source.createConsumer(configuration) }
        configuration.inactiveThreshold = configuration.inactiveThreshold ?? PartitionedGroup.acknowledgementWaitMin
        do {
            return try await group.source.createConsumer(configuration)
        } catch let error as NATSError where error.jetStream?.code == .consumerAlreadyExists {
            // With other partitions: nobody uses it rightly any more.
            try? await group.consumer(member).delete()
            return nil
        } catch let error as NATSError where error.jetStream?.code == .consumerWQConsumerNotUnique || error.isRetryable {
            // A member that hasn't noticed yet reads these partitions still; or nobody leads at the moment.
            return nil
        }
    }

    /// Before a change: new partitions may have messages before the place that the consumer has reached, so it is made anew. That is
    /// for the client that gets the messages; others leave it the time to do so.
    private func leaveConsumer() async throws {
        let groups = try? await group.consumer(member).info().priorityGroups
        if let id = pin.id, groups?.contains(where: { $0.group == member && $0.pinnedClientID == id }) == true {
            try? await group.consumer(member).delete()
        } else {
            try await Task.sleep(for: .milliseconds(Int.random(in: 400..<500)))
        }
    }
}

extension PartitionedGroup {
    /// As the other libraries have it.
    fileprivate static let acknowledgementWaitMin = Duration.seconds(6)
}

extension Task where Failure == any Error {
    /// Cancels it and waits for its end.
    fileprivate func end() async {
        cancel()
        _ = await result
    }
}

private final class LastPin: Sendable {
    private let last = Mutex<String?>(nil)
    var id: String? { last.withLock { $0 } }
    func note(_ id: String?) { if let id { last.withLock { $0 = id } } }
}
