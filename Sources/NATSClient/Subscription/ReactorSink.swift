import NATSProtocol

/// Takes the messages of a subscription on the reactor's thread, and hears of what happens to the connection: for answers that the
/// library itself awaits. All calls come from the loop's thread, and no lock is held during them.
///
/// Its subscription stays while the connection drains, as that of the requests' replies does.
protocol ReactorSink: AnyObject, Sendable {
    /// SUB stands in the stage: what is staged from now on can be answered.
    func subscriptionDidBegin()
    /// A message, borrowed. Must not block; may stage publishes.
    func receive(_ message: borrowing MessageView)
    /// Everything that came in one piece was handed over.
    func chunkDidEnd()
    /// The connection was lost; what was written and not answered may have arrived or not.
    func connectionWasLost(_ error: NATSError)
    /// Asked before a connection takes publishes: what the reply subjects of publishes begin with that are staged and must not be
    /// sent, since they have ended, or are sent again by `connectionDidOpen`. Nil: all are sent.
    var withdrawnReplies: [UInt8]? { get }
    /// A connection takes publishes from now on, the first one or another one. What is written into `frames` goes ahead of
    /// everything that is staged.
    func connectionDidOpen(_ frames: inout ByteBuffer)
    /// Publishes with these reply subjects were given up, since the server doesn't take messages as large. Also those of others.
    func publishesWereTooLarge(replies: [[UInt8]])
    /// Nothing comes any more: unsubscribed or closed (`nil`), or refused.
    func subscriptionDidEnd(_ error: NATSError?)
}

/// What the table of sinks holds for one.
final class ReactorSinkHolder: Sendable {
    let sink: any ReactorSink
    init(_ sink: any ReactorSink) { self.sink = sink }
}

extension ConnectionDriver {
    /// Once per chunk, as queues are woken.
    func endChunkOfReactorSinks() {
        guard !state.value.touchedReactorSinks.isEmpty else { return }
        for index in state.value.touchedReactorSinks { state.value.sinks.reactorSink(index)?.chunkDidEnd() }
        state.value.touchedReactorSinks.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    func touchReactorSink(_ index: Int) {
        if state.value.touchedReactorSinks.last != index { state.value.touchedReactorSinks.append(index) }
    }

    func tellReactorSinksOfLoss(_ error: NATSError) {
        state.value.sinks.forEachReactorSink { $0.connectionWasLost(error) }
    }

    /// Their frames are urgent ones of the new connection: behind the subscriptions, ahead of everything that is staged.
    func openReactorSinks(_ link: Link) {
        var withdrawn: [[UInt8]] = []
        state.value.sinks.forEachReactorSink { if let prefix = $0.withdrawnReplies { withdrawn.append(prefix) } }
        if !withdrawn.isEmpty {
            core.stage.lock()
            core.stage.value.withdraw(replies: withdrawn)
            core.stage.unlock()
        }
        var frames = ByteBuffer(minimumCapacity: 16)
        state.value.sinks.forEachReactorSink { $0.connectionDidOpen(&frames) }
        if !frames.isEmpty { link.state.value.sendQueue.appendUrgent(frames.span) }
    }

    /// What was staged, and is too large for the server's limit as it is now.
    func tellReactorSinksOfDiscarded() {
        core.stage.lock()
        let replies = core.stage.value.takeRepliesOfDiscarded()
        core.stage.unlock()
        guard !replies.isEmpty else { return }
        state.value.sinks.forEachReactorSink { $0.publishesWereTooLarge(replies: replies) }
    }
}
