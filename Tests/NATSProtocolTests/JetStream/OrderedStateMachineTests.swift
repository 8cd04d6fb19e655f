import Testing

@testable import NATSProtocol

/// Consumers that follow each other, without gaps and without two at a time.
@Suite struct OrderedStateMachineTests {
    private final class Reader {
        var machine: OrderedStateMachine
        var now = Timestamp.seconds(100)

        init(isConnected: Bool = true, maximumFailures: Int? = nil) {
            var configuration = PullConfiguration()
            configuration.maximumMessages = 100
            machine = OrderedStateMachine(configuration, maximumFailures: maximumFailures, isConnected: isConnected, now: now)
        }

        func take() -> [OrderedStateMachine.Action] {
            var actions: [OrderedStateMachine.Action] = []
            while let action = machine.nextAction() { actions.append(action) }
            return actions
        }

        /// What consumers it wants to be made now, by epochs.
        func creations() -> [UInt64: UInt64?] {
            var creations: [UInt64: UInt64?] = [:]
            for case .create(let epoch, let sequence) in take() { creations.updateValue(sequence, forKey: epoch) }
            return creations
        }

        func begin() {
            _ = take()
            machine.created(epoch: machine.epoch, behind: nil, now: now)
            _ = take()
        }

        func message(_ consumer: UInt64, _ stream: UInt64, epoch: UInt64? = nil) -> Bool {
            let isNext = machine.messageReceived(
                epoch: epoch ?? machine.epoch, consumerSequence: consumer, streamSequence: stream, now: now)
            if isNext { machine.messagesHandedOn(count: 1, byteCount: 10, now: now) }
            return isNext
        }

        func status(_ code: Int, _ text: String = "", last: UInt64? = nil, of serial: UInt64 = 1) {
            machine.statusReceived(
                PullStatus(code: code, text: text.utf8Span.span), serial: serial, pendingMessages: nil, pendingBytes: nil,
                lastConsumerSequence: last, now: now)
        }

        func passDeadline() {
            now = machine.nextDeadline ?? now
            machine.deadlineReached(now: now)
        }
    }

    @Test func makesAConsumerAndAsksIt() {
        let reader = Reader()
        #expect(reader.take() == [.create(epoch: 1, behind: nil)])
        reader.machine.created(epoch: 1, behind: 41, now: reader.now)
        let actions = reader.take()
        #expect(actions.first == .recreated(epoch: 1))
        guard case .request(let request)? = actions.last else { return #expect(Bool(false)) }
        #expect(request.batch == 100)
        #expect(reader.machine.streamSequence == 41)
    }

    @Test func aGapMakesTheNextConsumerBehindTheLastMessage() {
        let reader = Reader()
        reader.begin()
        #expect(reader.message(1, 10))
        #expect(!reader.message(3, 12))
        #expect(reader.creations() == [2: 10])
        // What the first consumer still sends counts for nothing.
        #expect(!reader.message(2, 11, epoch: 1))
        reader.machine.created(epoch: 2, behind: 10, now: reader.now)
        _ = reader.take()
        #expect(!reader.message(2, 11, epoch: 1))
        #expect(reader.message(1, 11))
        #expect(reader.message(2, 12))
    }

    @Test func aRepetitionIsNotHandedOn() {
        let reader = Reader()
        reader.begin()
        #expect(reader.message(1, 10))
        #expect(!reader.message(1, 10))
        #expect(reader.creations() == [2: 10])
    }

    /// A server that restarts makes a consumer in its memory anew under the same name: it begins where it once began. When a
    /// message was removed meanwhile, its numbers mean other messages than before.
    @Test func aConsumerThatBeginsAgainUnderItsNameIsReplaced() {
        let reader = Reader()
        reader.begin()
        #expect(reader.message(1, 10))
        #expect(reader.message(2, 11))
        #expect(!reader.message(1, 11))
        #expect(reader.creations() == [2: 11])
        #expect(!reader.message(3, 13, epoch: 1))
        reader.machine.created(epoch: 2, behind: 11, now: reader.now)
        #expect(reader.message(1, 12))
    }

    @Test func aHeartbeatThatKnowsOfFewerMessagesIsOfAnotherConsumer() {
        let reader = Reader()
        reader.begin()
        #expect(reader.message(1, 10))
        reader.status(100, "Idle Heartbeat", last: 0)
        #expect(reader.creations() == [2: 10])
    }

    @Test(arguments: [(409, "Consumer Deleted"), (503, ""), (409, "Consumer is push based")])
    func aLostConsumerIsMadeAnew(status: (code: Int, text: String)) {
        let reader = Reader()
        reader.begin()
        #expect(reader.message(1, 10))
        reader.status(status.code, status.text)
        #expect(reader.creations() == [2: 10])
    }

    @Test func aHeartbeatThatKnowsOfMoreMessagesIsAGap() {
        let reader = Reader()
        reader.begin()
        #expect(reader.message(1, 10))
        reader.status(100, "Idle Heartbeat", last: 1)
        #expect(reader.take() == [])
        reader.status(100, "Idle Heartbeat", last: 2)
        #expect(reader.creations() == [2: 10])
    }

    @Test func missedHeartbeatsMakeItAnew() {
        let reader = Reader()
        reader.begin()
        #expect(reader.message(1, 10))
        reader.passDeadline()
        #expect(reader.take() == [.report(.heartbeatsMissed), .delete(epoch: 1), .create(epoch: 2, behind: 10)])
    }

    @Test func aReconnectMakesItAnewAtOnce() {
        let reader = Reader()
        reader.begin()
        #expect(reader.message(1, 10))
        reader.machine.connectionLost()
        #expect(reader.machine.nextDeadline == nil)
        #expect(!reader.message(2, 11))
        reader.machine.connected(now: reader.now)
        #expect(reader.take() == [.delete(epoch: 1), .create(epoch: 2, behind: 10)])
    }

    @Test func aConsumerThatIsNotAnsweredIsMadeAgainLater() {
        let reader = Reader()
        #expect(reader.creations() == [1: nil])
        for epoch: UInt64 in 2...8 {
            // The answer doesn't come, or the server can't now.
            epoch.isMultiple(of: 2)
                ? reader.passDeadline() : reader.machine.refused(epoch: epoch - 1, isFinal: false, now: reader.now)
            let pauseStart = reader.now
            #expect(reader.creations() == [:])
            reader.passDeadline()
            #expect(reader.now.nanoseconds(since: pauseStart) <= 10_000_000_000)
            #expect(reader.creations() == [epoch: nil])
        }
        // The answer of an earlier attempt is late: nobody needs its consumer.
        reader.machine.created(epoch: 7, behind: 3, now: reader.now)
        #expect(reader.take() == [.delete(epoch: 7)])
    }

    @Test func consumersThatAreLostAtOnceAreNotMadeInACircle() {
        let reader = Reader()
        reader.begin()
        reader.status(409, "Consumer Deleted")
        #expect(reader.creations() == [2: nil])
        reader.machine.created(epoch: 2, behind: nil, now: reader.now)
        _ = reader.take()
        reader.status(409, "Consumer Deleted", of: 2)
        #expect(reader.creations() == [:])
        reader.passDeadline()
        #expect(reader.creations() == [3: nil])
    }

    @Test func theNumberOfFailuresCanBeBounded() {
        let reader = Reader(maximumFailures: 2)
        for _ in 0..<2 {
            _ = reader.take()
            reader.passDeadline()
            reader.passDeadline()
        }
        _ = reader.take()
        reader.passDeadline()
        #expect(reader.take() == [.delete(epoch: 3), .end(.failed)])
        #expect(reader.machine.nextDeadline == nil)
    }

    @Test func consumersThatAreLostAreNoFailuresToMakeOne() {
        let reader = Reader(maximumFailures: 1)
        reader.begin()
        for serial: UInt64 in 1...5 {
            reader.status(409, "Consumer Deleted", of: serial)
            if reader.creations().isEmpty {
                reader.passDeadline()
                #expect(reader.creations() == [serial + 1: nil])
            }
            reader.machine.created(epoch: serial + 1, behind: nil, now: reader.now)
            _ = reader.take()
        }
        #expect(reader.machine.takenUntilRefill != nil)
    }

    @Test func stoppingRemovesAlsoTheConsumerThatIsBeingMade() {
        let reader = Reader()
        _ = reader.take()
        reader.machine.stop()
        #expect(reader.take() == [.delete(epoch: 1), .end(.stopped)])
    }

    @Test func aConsumerWhoseCreationIsNotAnsweredInTimeIsRemoved() {
        let reader = Reader()
        _ = reader.take()
        reader.passDeadline()
        #expect(reader.take() == [.delete(epoch: 1), .report(.unanswered(times: 1))])
        // It was made behind that.
        reader.machine.created(epoch: 1, behind: nil, now: reader.now)
        #expect(reader.take() == [.delete(epoch: 1)])
        reader.passDeadline()
        #expect(reader.take() == [.create(epoch: 2, behind: nil)])
        reader.machine.created(epoch: 1, behind: nil, now: reader.now)
        #expect(reader.take() == [.delete(epoch: 1)])
    }

    @Test func aFinalRefusalEndsIt() {
        let reader = Reader()
        _ = reader.take()
        reader.machine.refused(epoch: 1, isFinal: true, now: reader.now)
        #expect(reader.take() == [.end(.refused)])
    }

    @Test func stoppingRemovesTheConsumer() {
        let reader = Reader()
        reader.begin()
        reader.machine.stop()
        reader.machine.stop()
        #expect(reader.take() == [.delete(epoch: 1), .end(.stopped)])
        reader.machine.connectionLost()
        reader.machine.connected(now: reader.now)
        #expect(reader.take() == [])
        #expect(reader.machine.nextDeadline == nil)
    }

    /// The same steps each time.
    private struct Steps: RandomNumberGenerator {
        var state: UInt64 = 42
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    @Test func somethingIsAlwaysUnderWay() {
        // Whatever happens, a connected reader has a deadline or an answer to wait for.
        let reader = Reader()
        var random = Steps()
        for step in 0..<5_000 {
            switch Int.random(in: 0..<9, using: &random) {
            case 0: reader.machine.created(epoch: reader.machine.epoch, behind: 0, now: reader.now)
            case 1: reader.machine.refused(epoch: reader.machine.epoch, isFinal: false, now: reader.now)
            case 2: _ = reader.message(UInt64.random(in: 1...3), UInt64(step))
            case 3:
                reader.status(
                    [409, 503, 408, 100].randomElement(using: &random) ?? 408, "Request Timeout",
                    of: .random(in: 0..<50, using: &random))
            case 4: reader.machine.connectionLost()
            case 5: reader.machine.connected(now: reader.now)
            case 6: reader.machine.messagesTaken(count: 1, byteCount: 10, now: reader.now)
            case 7: reader.passDeadline()
            default: reader.now = reader.now.advanced(byNanoseconds: 1_000_000)
            }
            for action in reader.take() { if case .end = action { Issue.record("it ended: \(action)") } }
            reader.machine.connected(now: reader.now)
            _ = reader.take()
            #expect(reader.machine.nextDeadline != nil || reader.machine.takenUntilRefill != nil)
        }
    }
}
