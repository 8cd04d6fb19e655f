@testable import NATSClient
import TestSupport
import Testing

/// A full outbound buffer, and a subscriber that never reads.
@Suite(.timeLimit(.minutes(1))) struct BackpressureTests {
    /// Room may have come before the wait for it began.
    @Test(arguments: TestBackend.available)
    func whoWaitsForRoomWhenThereIsSomeGoesOnAtOnce(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake) { server in
            try await withClient(server, backend) { nats in
                for _ in 0..<100 {
                    try await withDeadline(.seconds(45), "the wait for room") {
                        try await nats.core.waitForRoom(
                            after: .full, subject: "a", reply: nil, headers: nil,
                            deadline: nats.core.deadline(after: .seconds(60)))
                    }
                }
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func publishersThatSuspendAllGoOn(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake) { server in
            try await withClient(server, backend) {
                $0.outbound.highWaterBytes = 64
            } _: { nats in
                try await withDeadline(.seconds(50), "the publishers") {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<8 {
                            group.addTask { for _ in 0..<300 { try await nats.publish("a", "0123456789") } }
                        }
                        try await group.waitForAll()
                    }
                }
                try await eventually("everything is written") { nats.statistics.publishesUnconfirmed == 2400 }
                #expect(nats.statistics.publishesAccepted == 2400)
                #expect(nats.statistics.waitingCalls == 0)
            }
        }
    }

    /// The bytes in flight take room until the stream is closed, which is after everybody was told of the loss.
    @Test(arguments: TestBackend.available)
    func whoPacesHimselfGoesOnWhenTheConnectionIsLostUnderFailFast(backend: TestBackend) async throws {
        let (full, never) = (ScriptGate(), ScriptGate())
        let payload = [UInt8](repeating: 120, count: 100_000)
        try await withScriptedServer(
            .handshake + [.hold(until: full), .reset], [.hold(until: never)]
        ) { server in
            try await withClient(server, backend) {
                $0.socket.sendBufferSize = 8192
                $0.outbound.highWaterBytes = 1 << 20
                $0.outbound.whileDisconnected = .failFast
            } _: { nats in
                var refusal: NATSError?
                while refusal == nil {
                    do { try nats.outbound.publish("a", payload) } catch { refusal = error as? NATSError }
                }
                #expect(refusal?.code == .outboundFull)
                let paced = Task { try await nats.outbound.ready() }
                try await eventually("it waits") { nats.statistics.waitingCalls == 1 }
                full.open()
                try await withDeadline(.seconds(45), "the wait for room") { try await paced.value }
                let error = await natsError { try await nats.publish("a", payload) }
                #expect(error?.code == .disconnected)
                never.open()
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aFullBufferThrowsOrDropsOrTimesOutAsItsPolicySays(backend: TestBackend) async throws {
        let payload = [UInt8](repeating: 120, count: 100_000)
        for policy in [ConnectOptions.FullPolicy.fail, .dropNewest] {
            try await withScriptedServer(.handshake + [.stall]) { server in
                try await withClient(server, backend) {
                    $0.socket.sendBufferSize = 8192
                    $0.outbound.highWaterBytes = 1 << 20
                    $0.outbound.whenFull = policy
                    $0.outbound.publishTimeout = .milliseconds(30)
                } _: { nats in
                    func fill() throws { for _ in 0..<200 { try nats.publish("a", payload) } }
                    if policy == .fail {
                        let error = await natsError { try fill() }
                        #expect(error?.code == .outboundFull)
                    } else {
                        try fill()
                        #expect(nats.statistics.publishesDropped > 0)
                        #expect(nats.statistics.publishesAccepted + nats.statistics.publishesDropped == 200)
                    }
                    let error = await natsError { for _ in 0..<200 { try await nats.publish("a", payload) } }
                    #expect(error?.code == .outboundFull)
                    #expect(nats.statistics.pendingBytes <= (1 << 20) + 200_000)
                    #expect(nats.statistics.waitingCalls == 0)
                }
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aSubscriberThatNeverReadsHarmsNobodyElseAndIsReportedOnce(backend: TestBackend) async throws {
        let flood = (0..<100).map { "MSG a 1 1\r\n\($0 % 10)\r\nMSG b 2 1\r\n\($0 % 10)\r\n" }.joined()
        let script = .handshake + [.expect(line: "SUB a 1"), .expect(line: "SUB b 2"), .send(flood)]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let events = EventLog(nats)
                let lazy = try await nats.subscribe("a", limits: SubscriptionLimits(messages: 10), confirmed: false)
                let eager = try await nats.subscribe("b", confirmed: false)
                for index in 0..<100 { #expect(try await eager.next()?.string == "\(index % 10)") }
                let report = try await events.next { if case .slowConsumer(let report) = $0 { report } else { nil } }
                #expect(report.subject == "a")
                let counts = lazy.statistics
                #expect(counts.received == 100)
                #expect(counts.droppedMessages == 90)
                #expect(counts.pendingMessages == 10)
                #expect(nats.statistics.messagesDropped == 90)
                nats.abort()
                var count = 0
                for try await _ in lazy { count += 1 }
                #expect(count == 10)
                await #expect(throws: EventLog.Ended.self) {
                    try await events.next { if case .slowConsumer = $0 { () } else { nil } }
                }
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aWaitWithADeadlineEndsHoweverShortItIs(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake) { server in
            try await withClient(server, backend) { nats in
                let subscription = try await nats.subscribe("a", confirmed: false)
                for round in 0..<2000 {
                    let timeout = Duration.microseconds(round % 50)
                    let error = try await withDeadline(.seconds(45), "next(timeout:) with \(timeout)") {
                        await natsError { _ = try await subscription.next(timeout: timeout) }
                    }
                    #expect(error?.code == .timedOut)
                }
                #expect(nats.statistics.waitingCalls == 0)
            }
        }
    }
}
