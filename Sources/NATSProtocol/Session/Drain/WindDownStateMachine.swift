/// The orderly end of a session: drain and close. One way only; from `running` to `finished`.
struct WindDownStateMachine {
    enum State: Hashable, CaseIterable {
        /// Can transition to: drainingSubscriptions, closing, finished
        case running
        /// The UNSUBs are sent; their PONG proves that no message follows.
        /// Can transition to: awaitingDelivery, closing, finished
        case drainingSubscriptions
        /// The consumers take what is queued; they may still publish.
        /// Can transition to: drainingPublishes, closing, finished
        case awaitingDelivery
        /// The PONG awaited proves that the server has every publish.
        /// Can transition to: closing, finished
        case drainingPublishes
        /// `close` sent a fence behind the last publish.
        /// Can transition to: finished
        case closing
        /// Absorbing.
        case finished
    }

    private(set) var state = State.running

    /// The phase of a drain that is under way.
    var drainPhase: DrainPhase? {
        switch state {
        case .drainingSubscriptions: .subscriptions
        case .awaitingDelivery: .delivery
        case .drainingPublishes: .publishes
        case .running, .closing, .finished: nil
        }
    }

    var isRunning: Bool {
        switch state {
        case .running: true
        case .drainingSubscriptions, .awaitingDelivery, .drainingPublishes, .closing, .finished: false
        }
    }

    /// `close` waits for its fence.
    var isClosing: Bool { state == .closing }

    /// What the status is while winding down; nil while running.
    var status: ConnectionStatus? {
        switch state {
        case .running: nil
        case .drainingSubscriptions, .awaitingDelivery: .drainingSubscriptions
        case .drainingPublishes: .drainingPublishes
        case .closing: .closing
        case .finished: .closed
        }
    }

    enum DrainAction: Equatable {
        /// Send the UNSUBs with their fence.
        case fenceSubscriptions
        /// There is nothing to drain: end now.
        case finish(DrainResult)
        /// A drain or close is under way already, or all is over.
        case joined
    }

    mutating func drain(isConnected: Bool) -> DrainAction {
        switch state {
        case .running:
            guard isConnected else {
                state = .finished
                return .finish(.notConnected)
            }
            state = .drainingSubscriptions
            return .fenceSubscriptions
        case .drainingSubscriptions, .awaitingDelivery, .drainingPublishes, .closing, .finished:
            return .joined
        }
    }

    enum ProgressAction: Equatable {
        case none
        /// No message follows: the drained subscriptions are over once their queues are empty.
        case endSubscriptions
        /// Send the fence behind the last publish.
        case fencePublishes
        /// Everything is confirmed. With a result if it was a drain.
        case finish(DrainResult?)
    }

    mutating func subscriptionsFenced() -> ProgressAction {
        switch state {
        case .drainingSubscriptions:
            state = .awaitingDelivery
            return .endSubscriptions
        case .running, .awaitingDelivery, .drainingPublishes, .closing, .finished:
            return .none
        }
    }

    mutating func deliveryFinished() -> ProgressAction {
        switch state {
        case .awaitingDelivery:
            state = .drainingPublishes
            return .fencePublishes
        case .running, .drainingSubscriptions, .drainingPublishes, .closing, .finished:
            return .none
        }
    }

    mutating func publishesFenced() -> ProgressAction {
        switch state {
        case .drainingPublishes:
            state = .finished
            return .finish(.complete)
        case .closing:
            state = .finished
            return .finish(nil)
        case .running, .drainingSubscriptions, .awaitingDelivery, .finished:
            return .none
        }
    }

    enum CloseAction: Equatable {
        /// Send the fence behind the last publish; report the drain that this interrupts.
        case fencePublishes(interrupting: DrainPhase?)
        /// A drain's last fence is on its way and serves the close, too; report the drain.
        case awaitFence(interrupting: DrainPhase)
        /// End now; report the drain that this interrupts.
        case finish(interrupting: DrainPhase?)
        /// A close is under way already, or all is over.
        case joined
    }

    mutating func close(canFlush: Bool) -> CloseAction {
        let phase = drainPhase
        switch state {
        case .running, .drainingSubscriptions, .awaitingDelivery:
            state = canFlush ? .closing : .finished
            return canFlush ? .fencePublishes(interrupting: phase) : .finish(interrupting: phase)
        case .drainingPublishes:
            state = canFlush ? .closing : .finished
            return canFlush ? .awaitFence(interrupting: .publishes) : .finish(interrupting: .publishes)
        case .closing, .finished:
            return .joined
        }
    }

    /// Ends whatever is under way.
    mutating func finish() {
        state = .finished
    }
}
