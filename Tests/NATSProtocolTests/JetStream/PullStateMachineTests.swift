import Testing

@testable import NATSProtocol

/// Credit, statuses and deadlines of pulls.
@Suite struct PullStateMachineTests {
    private struct Unexpected: Error {}

    private final class Pull {
        var machine: PullStateMachine
        var now: Timestamp

        init(isConnected: Bool = true, _ change: (inout PullConfiguration) -> Void = { _ in }) {
            var configuration = PullConfiguration()
            configuration.maximumMessages = 100
            change(&configuration)
            now = .seconds(100)
            machine = PullStateMachine(configuration, isConnected: isConnected, now: now)
        }

        func take() -> [PullStateMachine.Action] {
            var actions: [PullStateMachine.Action] = []
            while let action = machine.nextAction() { actions.append(action) }
            return actions
        }

        /// The batches of the requests that it makes now.
        func batches() -> [Int] {
            take().compactMap { if case .request(let request) = $0 { request.batch } else { nil } }
        }

        func messages(_ count: Int, bytes: Int = 10) {
            machine.messagesReceived(count: count, byteCount: count * bytes, now: now)
        }

        func taken(_ count: Int, bytes: Int = 10) {
            machine.messagesTaken(count: count, byteCount: count * bytes, now: now)
        }

        /// For the last request unless it is said for which one.
        func status(
            _ code: Int, _ text: String = "", messages: Int? = nil, bytes: Int? = nil, of serial: UInt64? = nil
        ) {
            machine.statusReceived(
                PullStatus(code: code, text: text.utf8Span.span), serial: serial ?? machine.serial,
                pendingMessages: messages, pendingBytes: bytes, now: now)
        }

        /// To its deadline, which must not be later than so.
        func passDeadline(within milliseconds: UInt64) {
            let deadline = machine.nextDeadline
            #expect(deadline.map { $0 <= now.advanced(byNanoseconds: milliseconds * 1_000_000) } == true)
            now = deadline ?? now
            machine.deadlineReached(now: now)
        }
    }

    // MARK: Credit

    @Test func asksForAllAtFirstAndAgainWhenHalfIsTaken() {
        let pull = Pull()
        #expect(pull.batches() == [100])
        pull.messages(60)
        #expect(pull.batches() == [])
        pull.taken(49)
        #expect(pull.batches() == [])
        pull.taken(1)
        #expect(pull.batches() == [50])
        pull.messages(90)
        pull.taken(100)
        #expect(pull.batches() == [100])
    }

    @Test func whatTheUserHoldsIsNotAskedForAgain() {
        let pull = Pull()
        _ = pull.take()
        pull.messages(100)
        #expect(pull.batches() == [])
        #expect(pull.machine.nextDeadline == nil)
        pull.taken(40)
        #expect(pull.batches() == [])
        pull.taken(10)
        #expect(pull.batches() == [50])
    }

    @Test func bytesAreCountedLikeMessages() throws {
        let pull = Pull { $0.maximumBytes = 1_000 }
        guard case .request(let first)? = pull.take().first else { throw Unexpected() }
        #expect(first.maximumBytes == 1_000)
        pull.messages(4, bytes: 200)
        pull.taken(2, bytes: 200)
        #expect(pull.take() == [])
        pull.taken(1, bytes: 200)
        guard case .request(let second)? = pull.take().first else { throw Unexpected() }
        #expect(second.maximumBytes == 600)
    }

    @Test func whatAStatusGivesBackIsAskedForAgain() {
        let pull = Pull()
        _ = pull.take()
        pull.messages(30)
        pull.taken(30)
        #expect(pull.batches() == [])
        pull.status(408, "Request Timeout")
        #expect(pull.batches() == [100])
    }

    @Test func aStatusEndsItsOwnRequestOnly() {
        let pull = Pull()
        _ = pull.take()
        pull.messages(60)
        pull.taken(60)
        #expect(pull.batches() == [60])
        // 40 of the first request and 60 of the second one are out.
        pull.status(408, "Request Timeout", of: 1)
        #expect(pull.batches() == [])
        #expect(pull.machine.credit.messages == 60)
        pull.status(408, "Request Timeout", of: 1)
        #expect(pull.machine.credit.messages == 60)
        pull.status(408, "Request Timeout", of: 2)
        #expect(pull.batches() == [100])
    }

    /// The server serves waiting requests in turns, so the first one isn't served because as many messages have come.
    @Test func whatAStatusSaysIsLeftIsNotWaitedFor() {
        let pull = Pull {
            $0.maximumMessages = 1_000; $0.messageLimit = 2_000
        }
        #expect(pull.batches() == [1_000])
        for _ in 1...2 {
            pull.messages(500)
            pull.taken(500)
            #expect(pull.batches() == [500])
        }
        // Of the second 500, half were for the first request, half for the second.
        pull.status(408, "Request Timeout", messages: 250, of: 1)
        #expect(pull.machine.requestedMessages == 750)
        pull.messages(250)
        pull.taken(250)
        // The limit leaves 750, of which 500 are asked for.
        #expect(pull.batches() == [250])
        pull.messages(750)
        #expect(pull.take() == [.end(.complete)])
    }

    @Test func whatAStatusSaysIsLeftOfBytesIsFreeAgain() {
        let pull = Pull {
            $0.maximumBytes = 100_000; $0.maximumMessages = 1_000
        }
        #expect(pull.batches() == [1_000])
        pull.messages(500, bytes: 100)
        pull.taken(500, bytes: 100)
        #expect(pull.batches() == [500])
        // Served in turns: 350 messages and 35 kB are left of each.
        pull.messages(300, bytes: 100)
        pull.status(408, "Request Timeout", messages: 350, bytes: 35_000, of: 1)
        #expect(pull.machine.credit.messages == 350)
        #expect(pull.machine.credit.bytes == 35_000)
        pull.status(408, "Request Timeout", messages: 350, bytes: 35_000, of: 2)
        // 300 messages and 30 kB wait for the user.
        #expect(pull.batches() == [700])
        #expect(pull.machine.credit.bytes == 70_000)
    }

    @Test func whatOneRequestGotMoreThanItCountedAsWasNotForTheOthers() {
        let pull = Pull { $0.maximumMessages = 1_000 }
        _ = pull.take()
        pull.messages(500)
        pull.taken(500)
        #expect(pull.batches() == [500])
        pull.messages(400)
        pull.status(409, "Batch Completed", messages: 300, of: 2)
        // 600 are left in all, 300 of them were the second request's.
        #expect(pull.machine.credit.messages == 300)
        pull.status(408, "Request Timeout", messages: 300, of: 1)
        #expect(pull.batches() == [600])
        #expect(pull.machine.credit.messages == 600)
    }

    /// Whatever servers say, credit is never more than was asked for, and never less than nothing.
    @Test(arguments: [0, 1, 99, 100, 101, Int.max])
    func numbersOfStatusesAreNotTrusted(number: Int) {
        for serial: UInt64 in 1...2 {
            let pull = Pull { $0.maximumBytes = 10_000 }
            _ = pull.take()
            pull.messages(50, bytes: 100)
            pull.taken(50, bytes: 100)
            _ = pull.take()
            pull.messages(20, bytes: 100)
            for _ in 1...2 {
                pull.status(408, "Request Timeout", messages: number, bytes: number, of: serial)
                _ = pull.take()
                #expect(0...100 ~= pull.machine.credit.messages)
                #expect(0...10_000 ~= pull.machine.credit.bytes)
            }
        }
    }

    @Test func whatIsLeftOfTheBytesOfAServedRequestIsFree() throws {
        let pull = Pull { $0.maximumBytes = 10_000 }
        _ = pull.take()
        pull.messages(100, bytes: 10)
        #expect(pull.machine.credit.bytes == 0)
        pull.taken(100, bytes: 10)
        guard case .request(let request)? = pull.take().first else { throw Unexpected() }
        #expect(request.maximumBytes == 10_000)
    }

    @Test func aMessageThatDidNotFitIsAskedForWithMoreBytes() throws {
        let pull = Pull { $0.maximumBytes = 1_000 }
        _ = pull.take()
        pull.messages(3, bytes: 300)
        // 100 bytes are left of the request; the next message has more. Nothing is asked for until there is room.
        pull.status(409, "Message Size Exceeds MaxBytes", bytes: 100)
        #expect(pull.take() == [])
        #expect(pull.machine.takenUntilRefill?.bytes == 1)
        pull.taken(1, bytes: 300)
        guard case .request(let request)? = pull.take().first else { throw Unexpected() }
        #expect(request.maximumBytes == 400)
    }

    @Test func saysHowMuchIsToBeTakenUntilItAsksAgain() {
        let pull = Pull()
        #expect(pull.machine.takenUntilRefill?.messages == 50)
        pull.messages(30)
        pull.taken(30)
        #expect(pull.machine.takenUntilRefill?.messages == 20)
        pull.machine.connectionLost()
        #expect(pull.machine.takenUntilRefill == nil)
    }

    @Test(arguments: [
        (408, "Request Timeout"), (408, "Interest Expired"), (408, "Requests Pending"), (409, "Batch Completed"),
        (409, "Message Size Exceeds MaxBytes"), (404, "No Messages"), (423, "Nats-Wrong-Pin-Id"),
        (409, "Leadership Change"), (409, "Server Shutdown"),
    ])
    func continuousPullGoesOnAfter(status: (code: Int, text: String)) {
        let pull = Pull()
        _ = pull.take()
        pull.messages(10)
        pull.taken(10)
        pull.status(status.code, status.text)
        #expect(pull.batches() == [100])
        #expect(!pull.machine.isOver)
        #expect(pull.machine.nextDeadline != nil)
    }

    @Test func statusesOfForgottenRequestsCountForNothing() {
        let pull = Pull()
        _ = pull.take()
        pull.status(409, "Leadership Change")
        #expect(pull.batches() == [100])
        pull.status(408, "Request Timeout", of: 1)
        pull.status(409, "Consumer Deleted", of: 1)
        pull.status(409, "Consumer Deleted", of: 3)
        #expect(pull.take() == [])
        // Late messages are messages all the same.
        pull.messages(20)
        pull.taken(20)
        #expect(pull.machine.credit.messages == 80)
    }

    // MARK: Ends

    @Test(arguments: [
        (409, "Consumer Deleted", PullEnd.consumerDeleted), (409, "Consumer is push based", .consumerIsPushBased),
        (400, "Bad Request - Invalid Priority Group", .badRequest), (412, "Required Api Level", .apiLevelTooHigh),
    ])
    func everyPullEndsWith(status: (code: Int, text: String, end: PullEnd)) {
        for manner in [PullConfiguration.Manner.continuous, .once] {
            let pull = Pull { $0.manner = manner }
            _ = pull.take()
            pull.messages(3)
            pull.status(status.code, status.text)
            #expect(pull.take() == [.end(status.end)])
            pull.status(status.code, status.text)
            pull.machine.connectionLost()
            pull.machine.connected(now: pull.now)
            #expect(pull.take() == [])
            #expect(pull.machine.nextDeadline == nil)
        }
    }

    @Test(arguments: ["Exceeded MaxRequestBatch of 10", "Exceeded MaxRequestExpires of 1s", "Exceeded Something"])
    func whoAsksOnceForMoreThanIsAllowedIsRefused(text: String) {
        let pull = Pull { $0.manner = .once }
        _ = pull.take()
        pull.status(409, text)
        #expect(pull.take() == [.end(.limitExceeded)])
    }

    @Test func whoGoesOnAsksForWhatIsAllowed() {
        let pull = Pull { $0.maximumBytes = 50_000 }
        _ = pull.take()
        var last: PullStateMachine.Action?
        for text in ["MaxRequestBatch of 10", "MaxRequestMaxBytes of 2000", "MaxRequestExpires of 1.5s"] {
            pull.status(409, "Exceeded \(text)")
            #expect(pull.machine.nextAction() == .report(.limitExceeded))
            last = pull.machine.nextAction()
        }
        #expect(last == .request(PullRequest(serial: 4, batch: 10, maximumBytes: 2_000, expiryNanoseconds: 1_000_000_000)))
        pull.messages(5)
        pull.taken(5)
        #expect(pull.batches() == [5])
        // What was kept to anyway, or isn't known, may change.
        for text in [
            "Exceeded MaxRequestBatch of 10", "Exceeded MaxRequestMaxBytes of 99999999999999999999", "Exceeded Something",
        ] {
            pull.status(409, text)
            #expect(pull.take() == [.report(.limitExceeded)])
            pull.passDeadline(within: 5_000)
            #expect(pull.batches() == [10])
        }
    }

    @Test(arguments: [
        ("1s", PullLimit.expiry(nanoseconds: 1_000_000_000)), ("1m30s", .expiry(nanoseconds: 90_000_000_000)),
        ("2h0m0s", .expiry(nanoseconds: 7_200_000_000_000)), ("250ms", .expiry(nanoseconds: 250_000_000)),
        ("1.5s", .expiry(nanoseconds: 1_000_000_000)), ("", nil), ("s", nil), ("5", nil), ("0s", nil), ("-1s", nil),
        ("1d", nil), ("99999999999h", nil), ("1s1", nil), (".5s", nil),
    ])
    func limitsOfTimeAreDurationsOfGo(text: String, limit: PullLimit?) {
        let status = PullStatus(code: 409, text: "Exceeded MaxRequestExpires of \(text)".utf8Span.span)
        #expect(status == .limitExceeded(limit))
    }

    @Test func onceIsCompleteWithItsMessages() {
        let pull = Pull {
            $0.manner = .once; $0.maximumMessages = 3
        }
        #expect(pull.batches() == [3])
        pull.messages(2)
        pull.taken(2)
        #expect(pull.take() == [])
        pull.messages(1)
        #expect(pull.take() == [.end(.complete)])
    }

    @Test(arguments: [
        (404, "No Messages"), (408, "Request Timeout"), (408, "Interest Expired"), (408, "Requests Pending"),
        (409, "Batch Completed"), (409, "Message Size Exceeds MaxBytes"),
    ])
    func onceEndsWithWhatItHas(status: (code: Int, text: String)) {
        let pull = Pull { $0.manner = .once }
        _ = pull.take()
        pull.messages(2)
        pull.status(status.code, status.text)
        #expect(pull.take() == [.end(.complete)])
    }

    @Test func onceAsksForTheRestInTheRestOfItsTime() throws {
        let pull = Pull {
            $0.manner = .once; $0.expiryNanoseconds = 10_000_000_000
        }
        _ = pull.take()
        pull.messages(30)
        pull.now = pull.now.advanced(byNanoseconds: 4_000_000_000)
        pull.status(409, "Leadership Change")
        let requests = pull.take().compactMap { if case .request(let request) = $0 { request } else { nil } }
        #expect(requests.count == 1)
        #expect(requests.first?.batch == 70)
        #expect(requests.first?.expiryNanoseconds == 6_000_000_000)
    }

    @Test func messageThatNeverFitsEndsThePull() {
        let pull = Pull { $0.maximumBytes = 1_000 }
        _ = pull.take()
        pull.status(409, "Message Size Exceeds MaxBytes", bytes: 1_000)
        #expect(pull.take() == [.end(.messageTooLarge)])
    }

    // MARK: Silence

    @Test func missedHeartbeatsBeginAnew() {
        let pull = Pull()
        _ = pull.take()
        pull.messages(10)
        pull.passDeadline(within: 10_000)
        let actions = pull.take()
        #expect(actions.first == .report(.heartbeatsMissed))
        guard case .request(let request)? = actions.last else { return #expect(Bool(false)) }
        #expect(request.batch == 90)
    }

    @Test func heartbeatsPostponeTheDeadline() {
        let pull = Pull()
        _ = pull.take()
        for _ in 0..<3 {
            pull.now = pull.now.advanced(byNanoseconds: 9_000_000_000)
            pull.status(100, "Idle Heartbeat")
            pull.machine.deadlineReached(now: pull.now)
            #expect(pull.take() == [])
        }
    }

    @Test func requestWithoutHeartbeatsHasADeadline() {
        let pull = Pull { $0.heartbeatNanoseconds = 0 }
        _ = pull.take()
        pull.passDeadline(within: 35_000)
        #expect(pull.batches() == [100])
        let once = Pull {
            $0.heartbeatNanoseconds = 0; $0.manner = .once
        }
        _ = once.take()
        once.passDeadline(within: 35_000)
        #expect(once.take() == [.end(.complete)])
    }

    @Test func nobodyWhoAnswersIsAskedLessAndLessOften() {
        let pull = Pull { $0.maximumUnanswered = 3 }
        _ = pull.take()
        for (index, wait) in [500, 1_000, 2_000].enumerated() {
            pull.status(503)
            #expect(pull.take() == [.report(.unanswered(times: index + 1))])
            pull.passDeadline(within: UInt64(wait))
            #expect(pull.batches() == [100])
        }
        pull.status(503)
        #expect(pull.take() == [.end(.unanswered)])
    }

    @Test func aMessageEndsTheRowOfRefusals() {
        let pull = Pull { $0.maximumUnanswered = 1 }
        _ = pull.take()
        for _ in 0..<3 {
            pull.status(503)
            #expect(pull.take() == [.report(.unanswered(times: 1))])
            pull.passDeadline(within: 500)
            _ = pull.take()
            pull.messages(1)
            pull.taken(1)
        }
    }

    // MARK: Connection

    @Test func lostConnectionTakesTheCreditWithIt() {
        let pull = Pull()
        _ = pull.take()
        pull.messages(10)
        pull.machine.connectionLost()
        #expect(pull.machine.nextDeadline == nil)
        pull.taken(10)
        #expect(pull.take() == [])
        pull.machine.connected(now: pull.now)
        #expect(pull.batches() == [100])
    }

    @Test func withoutAConnectionItWaitsForOne() {
        let pull = Pull(isConnected: false)
        #expect(pull.take() == [])
        #expect(pull.machine.nextDeadline == nil)
        pull.machine.connected(now: pull.now)
        #expect(pull.batches() == [100])
    }

    @Test func aPullThatAsksOnceEndsInTimeAlsoWithoutAConnection() {
        let pull = Pull(isConnected: false) {
            $0.manner = .once; $0.expiryNanoseconds = 3_000_000_000
        }
        #expect(pull.take() == [])
        pull.passDeadline(within: 8_000)
        #expect(pull.take() == [.end(.timedOut)])
        let late = Pull(isConnected: false) {
            $0.manner = .once; $0.expiryNanoseconds = 3_000_000_000
        }
        late.now = late.now.advanced(byNanoseconds: 1_000_000_000)
        late.machine.connected(now: late.now)
        guard case .request(let request)? = late.take().first else { return #expect(Bool(false)) }
        #expect(request.expiryNanoseconds == 2_000_000_000)
    }

    // MARK: Limits

    @Test func noMoreIsAskedForThanTheLimitAndBehindItThePullIsOver() {
        let pull = Pull { $0.messageLimit = 130 }
        #expect(pull.batches() == [100])
        pull.messages(60)
        pull.taken(60)
        // Forty are under way, ninety may still come.
        #expect(pull.batches() == [30])
        pull.messages(60)
        pull.taken(60)
        #expect(pull.take() == [])
        pull.status(409, "Leadership Change")
        #expect(pull.batches() == [10])
        pull.messages(10)
        #expect(pull.take() == [.end(.complete)])
        #expect(pull.machine.nextDeadline == nil)
    }

    // MARK: Pinned clients

    @Test func pinIsKnownUntilItIsTakenBack() {
        let pull = Pull { $0.group = "g" }
        _ = pull.take()
        pull.machine.pinned(id: "P")
        #expect(pull.take() == [.report(.pinned(id: "P"))])
        pull.messages(60)
        pull.taken(60)
        #expect(pull.batches() == [60])
        pull.status(423, "Nats-Pin-Id mismatch")
        #expect(pull.machine.nextAction() == .report(.unpinned))
        #expect(pull.batches() == [100])
        #expect(pull.machine.pinID == nil)
    }

    /// Two requests are lost with their leader, one soon behind the other, and nobody sends heartbeats. The messages of the request
    /// that replaces the first would count as the second's, and it would be waited for in its place, again and again.
    @Test func anEndThatDoesNotComePutsAllRequestsInDoubt() {
        let pull = Pull {
            $0.heartbeatNanoseconds = 0; $0.maximumMessages = 2; $0.refillPercent = 90
        }
        #expect(pull.batches() == [2])
        pull.messages(1)
        pull.taken(1)
        pull.now = pull.now.advanced(byNanoseconds: 1_000_000_000)
        #expect(pull.batches() == [1])
        // The first one's last message never comes.
        pull.now = pull.machine.nextDeadline ?? pull.now
        pull.machine.deadlineReached(now: pull.now)
        #expect(pull.batches() == [2])
        #expect(pull.machine.requestedMessages == 2)
        pull.messages(2)
        #expect(pull.machine.requestedMessages == 0)
    }

}
