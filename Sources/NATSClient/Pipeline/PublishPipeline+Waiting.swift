import NATSProtocol

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
        if state.value.window.count == 0, let reader = state.value.outcomeReader.take() { waiters.append(reader) }
        state.publishAndUnlock()
        for id in waiters { core.complete(id, .done) }
    }

    /// Outcomes are gathered from now on; until they are taken, their messages keep their places in the window.
    package func gatherOutcomes() {
        state.lock()
        state.value.gathersOutcomes = true
        state.unlock()
    }

    /// All outcomes that are there; waits for one if there is none. Nil: the publisher is finished, and nothing is under way.
    package func nextOutcomes() async throws -> [PipelineOutcome]? {
        while true {
            if let outcomes = takeOutcomes() { return outcomes.isEmpty ? nil : outcomes }
            do {
                try await core.wait(.publisher, deadline: .distantFuture) { core, id in
                    state.lock()
                    let isReady = !state.value.outcomes.isEmpty || state.value.hasNoMoreOutcomes
                    if !isReady { state.value.outcomeReader = id }
                    state.unlock()
                    if isReady { core.complete(id, .done) }
                }
            } catch {
                // The connection's close ends the messages, too: their outcomes are handed out before the end.
                if error is CancellationError { throw error }
                return takeOutcomes().flatMap { $0.isEmpty ? nil : $0 }
            }
        }
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
