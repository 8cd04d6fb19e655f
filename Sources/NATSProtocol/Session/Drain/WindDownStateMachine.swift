/// The orderly end of a session: drain and close. One way only; from `running` to `finished`.
struct WindDownStateMachine: ~Copyable {
    enum State: ~Copyable {
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

    private var state: State = .running

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
        switch consume state {
        case .running:
            guard isConnected else {
                state = .finished
                return .finish(.notConnected)
            }
            state = .drainingSubscriptions
            return .fenceSubscriptions
        case .drainingSubscriptions:
            state = .drainingSubscriptions
            return .joined
        case .awaitingDelivery:
            state = .awaitingDelivery
            return .joined
        case .drainingPublishes:
            state = .drainingPublishes
            return .joined
        case .closing:
            state = .closing
            return .joined
        case .finished:
            state = .finished
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
        switch consume state {
        case .drainingSubscriptions:
            state = .awaitingDelivery
            return .endSubscriptions
        case .running:
            state = .running
            return .none
        case .awaitingDelivery:
            state = .awaitingDelivery
            return .none
        case .drainingPublishes:
            state = .drainingPublishes
            return .none
        case .closing:
            state = .closing
            return .none
        case .finished:
            state = .finished
            return .none
        }
    }

    mutating func deliveryFinished() -> ProgressAction {
        switch consume state {
        case .awaitingDelivery:
            state = .drainingPublishes
            return .fencePublishes
        case .running:
            state = .running
            return .none
        case .drainingSubscriptions:
            state = .drainingSubscriptions
            return .none
        case .drainingPublishes:
            state = .drainingPublishes
            return .none
        case .closing:
            state = .closing
            return .none
        case .finished:
            state = .finished
            return .none
        }
    }

    mutating func publishesFenced() -> ProgressAction {
        switch consume state {
        case .drainingPublishes:
            state = .finished
            return .finish(.complete)
        case .closing:
            state = .finished
            return .finish(nil)
        case .running:
            state = .running
            return .none
        case .drainingSubscriptions:
            state = .drainingSubscriptions
            return .none
        case .awaitingDelivery:
            state = .awaitingDelivery
            return .none
        case .finished:
            state = .finished
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
        switch consume state {
        case .running, .drainingSubscriptions, .awaitingDelivery:
            guard canFlush else {
                state = .finished
                return .finish(interrupting: phase)
            }
            state = .closing
            return .fencePublishes(interrupting: phase)
        case .drainingPublishes:
            guard canFlush else {
                state = .finished
                return .finish(interrupting: .publishes)
            }
            state = .closing
            return .awaitFence(interrupting: .publishes)
        case .closing:
            state = .closing
            return .joined
        case .finished:
            state = .finished
            return .joined
        }
    }

    /// Ends whatever is under way; returns the drain that this cut short.
    mutating func finish() -> DrainPhase? {
        let phase = drainPhase
        state = .finished
        return phase
    }
}
