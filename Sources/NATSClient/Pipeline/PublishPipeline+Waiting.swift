import NATSProtocol
import Synchronization

/// Waiting for what is in the window.
extension PublishPipeline {
    /// Waits until everything that was published before has ended, and throws the first failure that nobody was told of.
    package func flush(timeout: Duration) async throws {
        let deadline = core.deadline(after: timeout)
        try await core.wait(.publisher, deadline: deadline) { core, id in
            state.lock()
            let remaining = state.value.window.count
            if remaining > 0 {
                state.value.flushes.append(
                    PipelineState.PendingFlush(waiter: id, end: state.value.window.nextNumber, remaining: remaining))
            }
            state.unlock()
            if remaining == 0 { core.complete(id, .done) }
        }
        if let failure = takeUntoldFailure() { throw failure }
    }

    private func takeUntoldFailure() -> (any Error)? {
        state.lock()
        let failure = state.value.untoldFailure.take()
        state.publishAndUnlock()
        return failure
    }

    /// Takes no more messages; those under way go on.
    package func finish() {
        state.lock()
        state.value.isFinished = true
        var waiters: [WaiterID] = []
        while let id = state.value.producers.popFirst() { waiters.append(id) }
        if state.value.window.count == 0 { waiters += state.value.takeOutcomeReaders() }
        state.publishAndUnlock()
        for id in waiters { core.complete(id, .done) }
    }

    /// Outcomes are gathered from now on; until they are taken, their messages keep their places in the window.
    func beginOutcomeInterest() {
        state.lock()
        state.value.outcomeInterests &+= 1
        state.unlock()
    }

    /// When nobody is left who wants outcomes, those that were not taken give their places back. A failure among them is for the flush.
    func endOutcomeInterest() {
        var forgotten: [PipelineOutcome] = []
        var waiters: [WaiterID] = []
        state.lock()
        state.value.outcomeInterests &-= 1
        if state.value.outcomeInterests == 0 {
            swap(&forgotten, &state.value.outcomes)
            state.value.window.freePlaces(forgotten.count)
            state.value.untoldFailure = state.value.untoldFailure ?? forgotten.firstFailure
            if state.value.window.isHalfEmpty {
                while let id = state.value.producers.popFirst() { waiters.append(id) }
            }
        }
        state.publishAndUnlock()
        for id in waiters { core.complete(id, .done) }
    }

    /// All outcomes that are there; waits for one if there is none. Nil: the publisher is finished, and nothing is under way.
    package func nextOutcomes() async throws -> [PipelineOutcome]? {
        while true {
            if let outcomes = takeOutcomes() { return outcomes.isEmpty ? nil : outcomes }
            let reader = Mutex<WaiterID?>(nil)
            do {
                try await core.wait(.publisher, deadline: .distantFuture) { core, id in
                    state.lock()
                    let isReady = !state.value.outcomes.isEmpty || state.value.hasNoMoreOutcomes
                    if !isReady { state.value.outcomeReaders.append(id) }
                    state.unlock()
                    if isReady { core.complete(id, .done) } else { reader.withLock { $0 = id } }
                }
            } catch {
                if let id = reader.withLock({ $0 }) { forgetOutcomeReader(id) }
                // The connection's close ends the messages, too: their outcomes are handed out before the end.
                if error is CancellationError { throw error }
                return takeOutcomes().flatMap { $0.isEmpty ? nil : $0 }
            }
        }
    }

    private func forgetOutcomeReader(_ id: WaiterID) {
        state.lock()
        state.value.outcomeReaders.removeAll { $0 == id }
        state.unlock()
    }

    /// Empty: there will be no more. Nil: none now.
    private func takeOutcomes() -> [PipelineOutcome]? {
        var taken: [PipelineOutcome] = []
        state.lock()
        swap(&taken, &state.value.outcomes)
        state.value.window.freePlaces(taken.count)
        var waiters: [WaiterID] = []
        if state.value.window.isHalfEmpty {
            while let id = state.value.producers.popFirst() { waiters.append(id) }
        }
        let isAtEnd = state.value.hasNoMoreOutcomes
        state.publishAndUnlock()
        for id in waiters { core.complete(id, .done) }
        return taken.isEmpty && !isAtEnd ? nil : taken
    }
}
