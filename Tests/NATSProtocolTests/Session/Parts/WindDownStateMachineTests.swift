import Testing

@testable import NATSProtocol

@Suite struct WindDownStateMachineTests {
    private typealias Machine = WindDownStateMachine

    private func makeMachine(_ state: Machine.State) -> Machine {
        var machine = Machine()
        switch state {
        case .running: break
        case .drainingSubscriptions: _ = machine.drain(isConnected: true)
        case .awaitingDelivery:
            _ = machine.drain(isConnected: true)
            _ = machine.subscriptionsFenced()
        case .drainingPublishes:
            _ = machine.drain(isConnected: true)
            _ = machine.subscriptionsFenced()
            _ = machine.deliveryFinished()
        case .closing: _ = machine.close(canFlush: true)
        case .finished: machine.finish()
        }
        return machine
    }

    @Test func everyStateCanBeReached() {
        for state in Machine.State.allCases { #expect(makeMachine(state).state == state) }
    }

    /// Rows: events; columns: the states in their order. Each cell: action and state afterwards.
    @Test func everyCell() {
        typealias Cell = (String, Machine.State)
        let rows: [(String, (inout Machine) -> String, [Cell])] = [
            (
                "drain connected", { "\($0.drain(isConnected: true))" },
                [
                    ("fenceSubscriptions", .drainingSubscriptions), ("joined", .drainingSubscriptions),
                    ("joined", .awaitingDelivery), ("joined", .drainingPublishes), ("joined", .closing),
                    ("joined", .finished),
                ]
            ),
            (
                "drain not connected", { "\($0.drain(isConnected: false) == .finish(.notConnected))" },
                [
                    ("true", .finished), ("false", .drainingSubscriptions), ("false", .awaitingDelivery),
                    ("false", .drainingPublishes), ("false", .closing), ("false", .finished),
                ]
            ),
            (
                "subscriptions fenced", { "\($0.subscriptionsFenced())" },
                [
                    ("none", .running), ("endSubscriptions", .awaitingDelivery), ("none", .awaitingDelivery),
                    ("none", .drainingPublishes), ("none", .closing), ("none", .finished),
                ]
            ),
            (
                "delivery finished", { "\($0.deliveryFinished())" },
                [
                    ("none", .running), ("none", .drainingSubscriptions), ("fencePublishes", .drainingPublishes),
                    ("none", .drainingPublishes), ("none", .closing), ("none", .finished),
                ]
            ),
            (
                "publishes fenced", { $0.publishesFenced() == .none ? "none" : "finish" },
                [
                    ("none", .running), ("none", .drainingSubscriptions), ("none", .awaitingDelivery),
                    ("finish", .finished), ("finish", .finished), ("none", .finished),
                ]
            ),
            (
                "close", { Self.name($0.close(canFlush: true)) },
                [
                    ("fence", .closing), ("fence subscriptions", .closing), ("fence delivery", .closing),
                    ("await publishes", .closing), ("joined", .closing), ("joined", .finished),
                ]
            ),
            (
                "close without flush", { Self.name($0.close(canFlush: false)) },
                [
                    ("finish", .finished), ("finish subscriptions", .finished), ("finish delivery", .finished),
                    ("finish publishes", .finished), ("joined", .closing), ("joined", .finished),
                ]
            ),
        ]
        for (name, event, cells) in rows {
            #expect(cells.count == Machine.State.allCases.count)
            for (state, cell) in zip(Machine.State.allCases, cells) {
                var machine = makeMachine(state)
                #expect(event(&machine) == cell.0, "\(state) × \(name)")
                #expect(machine.state == cell.1, "\(state) × \(name)")
            }
        }
    }

    @Test func drainAndCloseFinishDifferently() {
        var drained = makeMachine(.drainingPublishes)
        #expect(drained.publishesFenced() == .finish(.complete))
        var closed = makeMachine(.closing)
        #expect(closed.publishesFenced() == .finish(nil))
    }

    @Test func statusAndPhaseFollowTheState() {
        let statuses = Machine.State.allCases.map { makeMachine($0).status }
        #expect(
            statuses == [
                nil, .drainingSubscriptions, .drainingSubscriptions, .drainingPublishes, .closing, .closed,
            ])
        let phases = Machine.State.allCases.map { makeMachine($0).drainPhase }
        #expect(phases == [nil, .subscriptions, .delivery, .publishes, nil, nil])
    }

    private static func name(_ action: Machine.CloseAction) -> String {
        switch action {
        case .fencePublishes(let phase): phase.map { "fence \($0)" } ?? "fence"
        case .awaitFence(let phase): "await \(phase)"
        case .finish(let phase): phase.map { "finish \($0)" } ?? "finish"
        case .joined: "joined"
        }
    }
}
