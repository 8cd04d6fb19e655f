import NATSClient
import NATSStores
import TestSupport
import Testing

/// What was published, and had not left yet, when the connection was lost or the server became another one.
@Suite("Publishing: what is staged when the connection is lost", .serialized) struct PublishLossTests {
    /// More than the sockets of a server take that doesn't read.
    private static let messageCount = 400
    private static let messageSize = 64 * 1024

    /// A publisher whose messages can't all be written, to a server that stands still.
    private static func publishToFrozenServer(_ bench: Bench, _ options: AsyncPublisher.Options) async throws -> AsyncPublisher {
        let nats = try await bench.connect { $0.outbound.highWaterBytes = 64 << 20 }
        let publisher = nats.jetStream().asyncPublisher(window: .init(messages: 4096, bytes: 64 << 20), options: options)
        try await publisher.publish("s.before", "x")
        try await publisher.flush()
        bench.server.freeze()
        let payload = pattern(messageSize)
        for number in 0..<messageCount { try await publisher.publish("s.\(number)", payload) }
        return publisher
    }

    @Test("what has failed with the connection is not sent over the next one", arguments: Backend.tested)
    func notReplayed(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(120)) { bench, js in
            let stream = try await js.makeStream("S", ["s.>"])
            var options = AsyncPublisher.Options()
            options.acknowledgementTimeout = .seconds(60)
            let publisher = try await Self.publishToFrozenServer(bench, options)
            bench.server.kill()
            try await eventually("all have ended") { publisher.statistics.inFlight == 0 }
            #expect(publisher.statistics.failed == UInt64(Self.messageCount))
            try await bench.server.restart()
            #expect(try await publisher.submit("s.after", "x").acknowledgement().sequence == 2)
            #expect(try await stream.info().state.messages == 2)
            #expect(publisher.statistics.resent == 0)
            #expect(try await natsError { try await publisher.flush() }?.code == .connectionLost)
        }
    }

    @Test("what is sent again is sent once, whether it was staged or written", arguments: Backend.tested)
    func resentOnce(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(120)) { bench, js in
            let stream = try await js.makeStream("S", ["s.>"])
            var options = AsyncPublisher.Options()
            options.acknowledgementTimeout = .seconds(60)
            options.whenConnectionIsLost = .resend
            let publisher = try await Self.publishToFrozenServer(bench, options)
            bench.server.kill()
            try await bench.server.restart()
            try await publisher.flush()
            // Without ids: one that was sent twice would be stored twice.
            #expect(try await stream.info().state.messages == UInt64(Self.messageCount) + 1)
            #expect(publisher.statistics.lateAcknowledgements == 0)
        }
    }

    @Test("what has no answer is staged again only while the outbound buffer has room", arguments: Backend.tested)
    func boundedResending(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(120)) { bench, js in
            _ = try await js.makeStream("S", ["s.>"])
            let limit = 4 << 20
            let nats = try await bench.connect { $0.outbound.highWaterBytes = limit }
            var options = AsyncPublisher.Options()
            options.acknowledgementTimeout = .seconds(60)
            options.whenConnectionIsLost = .resend
            options.resendInterval = .milliseconds(10)
            let publisher = nats.jetStream().asyncPublisher(window: .init(messages: 100, bytes: 64 << 20), options: options)
            try await publisher.publish("s.before", "x")
            try await publisher.flush()
            bench.server.freeze()
            // What is sent again may fill the buffer before all are published.
            let payload = pattern(Self.messageSize)
            func publishNow() throws(NATSError) { _ = try publisher.publish("s.1", payload) }
            for _ in 0..<40 {
                let error = try await natsError { try publishNow() }
                #expect(error == nil || error?.code == .outboundFull)
            }
            // Time for half a dozen intervals, each twice the one before: more than the sockets and the buffer take.
            let end = ContinuousClock.now + .seconds(2)
            try await eventually("intervals pass") {
                #expect(nats.statistics.pendingBytes <= limit)
                return ContinuousClock.now > end
            }
            #expect(publisher.statistics.resent > 0)
            bench.server.kill()
            try await bench.server.restart()
            try await publisher.flush()
            #expect(publisher.statistics.failed == 0)
        }
    }

    @Test("what is published without a connection is sent with the next one, and in order", arguments: Backend.tested)
    func publishedWithout(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(120)) { bench, js in
            _ = try await js.makeStream("S", ["s.>"])
            var options = AsyncPublisher.Options()
            options.acknowledgementTimeout = .seconds(60)
            let publisher = js.asyncPublisher(options: options)
            try await publisher.publish("s.1", "0")
            try await publisher.flush()
            bench.server.kill()
            try await eventually("the loss is noticed") { js.connection.status != .connected }
            for number in 1...100 { try await publisher.publish("s.1", "\(number)") }
            try await bench.server.restart()
            try await publisher.flush()
            #expect(publisher.statistics.stored == 101)
            #expect(publisher.statistics.resent == 0)
            #expect(try await js.stored(101, in: "S").string == "100")
            #expect(try await js.stored(2, in: "S").string == "1")
        }
    }

    @Test("under .failFast nothing is taken without a connection", arguments: Backend.tested)
    func failFast(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(120)) { bench, js in
            _ = try await js.makeStream("S", ["s.>"])
            let nats = try await bench.connect { $0.outbound.whileDisconnected = .failFast }
            var options = AsyncPublisher.Options()
            options.whenConnectionIsLost = .resend
            let publisher = nats.jetStream().asyncPublisher(options: options)
            try await publisher.publish("s.1", "x")
            try await publisher.flush()
            bench.server.kill()
            try await eventually("the loss is noticed") { nats.status != .connected }
            #expect(try await natsError { _ = try publisher.publishNow("s.1") }?.code == .disconnected)
            #expect(publisher.statistics.inFlight == 0)
            try await bench.server.restart()
        }
    }

    @Test("a message that is too large for the next server fails, and the others are sent", arguments: Backend.tested)
    func tooLarge(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(120)) { bench, js in
            _ = try await js.makeStream("S", ["s.>"])
            var options = AsyncPublisher.Options()
            options.acknowledgementTimeout = .seconds(60)
            options.whenConnectionIsLost = .resend
            let publisher = js.asyncPublisher(options: options)
            try await publisher.publish("s.1", "x")
            try await publisher.flush()
            bench.server.freeze()
            // Copied into the frame, and sent from where it lies.
            let copied = try await publisher.submit("s.1", pattern(10_000))
            let referenced = try await publisher.submit("s.1", pattern(100_000))
            let small = try await publisher.submit("s.1", "y")
            bench.server.kill()
            bench.server.reconfigure { $0.maximumPayload = 4096 }
            try await bench.server.restart()
            for receipt in [copied, referenced] {
                let error = try await natsError { _ = try await receipt.acknowledgement() }
                #expect(error?.code == .payloadTooLarge)
                #expect(error?.subject == "s.1")
                #expect(error.map { "\($0)".contains("4096") } == true)
            }
            #expect(try await small.acknowledgement().sequence == 2)
        }
    }

    @Test("a publisher that waits for acknowledgements is no waiting call", arguments: Backend.tested)
    func waitingCalls(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            _ = try await js.makeStream("S", ["s.>"]) { $0.suppressesAcknowledgements = true }
            let publisher = js.asyncPublisher()
            _ = try publisher.publishNow("s.1")
            #expect(publisher.statistics.inFlight == 1)
            #expect(js.connection.statistics.waitingCalls == 0)
        }
    }
}
