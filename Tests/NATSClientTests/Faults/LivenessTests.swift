@testable import NATSClient
import Synchronization
import TestSupport
import Testing

/// A dead peer is noticed while we publish; a living one is answered while it doesn't read. Pain points P3 and P14.
@Suite(.timeLimit(.minutes(1)), .serialized) struct LivenessTests {
    @Test(arguments: TestBackend.available)
    func aSilentServerIsNoticedAfterTheOutstandingPINGsThoughPublishesGoOut(backend: TestBackend) async throws {
        // Every connection is left, so that a slow test, which listens late, still sees one go and another come.
        try await withScriptedServer(.handshake, afterLastScript: .repeatLastUntilHangUp) { server in
            try await withClient(server, backend) {
                $0.pingInterval = .milliseconds(40)
                $0.maximumPingsOutstanding = 2
            } _: { nats in
                let events = EventLog(nats)
                let publisher = Task {
                    while !Task.isCancelled {
                        try await nats.publish("a", "x")
                        // One at a time: the scripted server keeps what it reads.
                        repeat { await Task.yield() } while nats.statistics.publishesPending > 0 && !Task.isCancelled
                    }
                }
                let report = try await events.disconnected()
                publisher.cancel()
                _ = await publisher.result
                #expect("\(report.cause)".contains("no longer answers"), "\(report.cause)")
                // One of the handshake, two of the liveness checks, between the publishes.
                let first = try #require(server.connections.first)
                #expect(first.received.lines(of: "PING").count == 3)
                try await events.reconnected()
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aServerThatAnswersIsKeptAndAnIdleConnectionSendsOnePINGPerInterval(backend: TestBackend) async throws {
        let answers = (0..<5).flatMap { _ in [ScriptStep.expect(line: "PING"), .send("PONG\r\n")] }
        try await withScriptedServer(.handshake + answers) { server in
            try await withClient(server, backend) {
                $0.pingInterval = .milliseconds(20)
                $0.maximumPingsOutstanding = 2
            } _: { nats in
                try await server.finish()
                #expect(nats.statistics.reconnects == 0)
            }
        }
    }

    /// The PONG goes ahead of everything that is staged, as soon as the batch under way is out.
    @Test(arguments: TestBackend.available)
    func aPINGIsAnsweredAheadOfWhatIsStagedWhenTheServerReadsAgain(backend: TestBackend) async throws {
        let (ask, read) = (ScriptGate(), ScriptGate())
        let script =
            .handshake + [
                .hold(until: ask), .send("PING\r\n"), .hold(until: read), .skip(toLineWithPrefix: "PONG"),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) {
                $0.socket.sendBufferSize = 8192
            } _: { nats in
                let payload = [UInt8](repeating: 120, count: 60_000)
                // More than the kernel takes for a server that doesn't read.
                for _ in 0..<40 { try await nats.publish("a", payload) }
                // The batch under way stands still: what is published from now on is not in it.
                var (written, quietLooks) = (UInt64(0), 0)
                try await eventually("the kernel is full") {
                    let now = nats.statistics.bytesWritten
                    quietLooks = now == written && now > 0 ? quietLooks + 1 : 0
                    written = now
                    return quietLooks == 8
                }
                for _ in 0..<10 { try await nats.publish("b", payload) }
                let received = nats.statistics.bytesReceived
                ask.open()
                try await eventually("the PING is read") { nats.statistics.bytesReceived == received + 6 }
                #expect(nats.statistics.publishesPending > 10)
                read.open()
                try await server.finish()
                let bytes = try #require(server.connections.first).received
                let pong = try #require(bytes.lines(of: "PONG").first)
                #expect(bytes[..<pong].lines(of: "PUB b 60000").isEmpty)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func pingsAreAnsweredWhilePublishingAtFullSpeed(backend: TestBackend) async throws {
        let rounds = (0..<10).flatMap { _ in [ScriptStep.send("PING\r\n"), .skip(toLineWithPrefix: "PONG")] }
        try await withScriptedServer(.handshake + rounds) { server in
            try await withClient(server, backend) {
                $0.outbound.highWaterBytes = 1 << 18
            } _: { nats in
                let publisher = Task {
                    while !Task.isCancelled { try await nats.publish("a", "0123456789abcdef") }
                }
                try await server.finish()
                publisher.cancel()
                _ = await publisher.result
                #expect(nats.statistics.reconnects == 0)
            }
        }
    }
}

extension Collection<UInt8> where Index == Int {
    /// Where each line begins that is exactly this.
    fileprivate func lines(of line: String) -> [Int] {
        let wanted = Array((line + "\r\n").utf8)
        var starts: [Int] = []
        var start = startIndex
        for index in indices where self[index] == UInt8(ascii: "\n") {
            if index + 1 - start == wanted.count, self[start...index].elementsEqual(wanted) { starts.append(start) }
            start = index + 1
        }
        return starts
    }
}
