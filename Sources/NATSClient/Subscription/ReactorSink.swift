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
    /// A connection takes publishes from now on, the first one or another one. What is written into `frames` goes ahead of
    /// everything that is staged.
    func connectionDidOpen(_ frames: inout ByteBuffer)
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
        var frames = ByteBuffer(minimumCapacity: 16)
        state.value.sinks.forEachReactorSink { $0.connectionDidOpen(&frames) }
        if !frames.isEmpty { link.state.value.sendQueue.appendUrgent(frames.span) }
    }
}
