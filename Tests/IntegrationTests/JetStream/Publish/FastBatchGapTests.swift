import NATSClient
import NATSStores
import Synchronization
import TestSupport
import Testing

/// Messages of a fast batch that get lost on the way: the server drops those that its user may not publish, before any stream has seen
/// them.
@Suite("Fast ingest: gaps") struct FastBatchGapTests {
    private final class Reports: Sendable {
        private let reports = Mutex<[String]>([])
        var texts: [String] { reports.withLock { $0 } }

        func note(_ report: FastBatch.Report) {
            let text =
                switch report {
                case .gap(let first, let next): "gap \(first) \(next)"
                case .refused(let number, let error): "refused \(number) \(error.code)"
                }
            reports.withLock { $0.append(text) }
        }
    }

    private static func withStream(
        _ backend: Backend, _ body: @escaping @Sendable (Bench, JetStream, JetStream.Stream) async throws -> Void
    ) async throws {
        let options = NATSServerOptions.with {
            $0.isJetStreamEnabled = true
            $0.user = "u"
            $0.password = "p"
            $0.permissions = "publish: { deny: [\"s.lost\"] }"
        }
        try await withBench(backend, options) { bench in
            let js = try await bench.connect { $0.authentication = .user("u", password: "p") }.jetStream()
            try await body(bench, js, js.makeStream("S", ["s.>"]) { $0.allowsBatchPublish = true })
        }
    }

    @Test("a gap ends a batch that doesn't allow it, and everything before is stored", arguments: Backend.tested)
    func fails(_ backend: Backend) async throws {
        try await Self.withStream(backend) { _, js, stream in
            let reports = Reports()
            let batch = js.fastBatch(gaps: .fail, flow: 10) { reports.note($0) }
            for number in 1...25 { try await batch.publish("s.1", "\(number)") }
            try await batch.publish("s.lost", "26")
            var last: NATSError?
            for number in 27...10_000 where last == nil {
                last = try await natsError { try await batch.publish("s.1", "\(number)") }
            }
            #expect(last?.code == .publisherFinished)
            #expect(batch.acknowledgedCount == 25)
            #expect(reports.texts == ["gap 26 27"])
            #expect(try await stream.info().state.messages == 25)
            #expect(try await natsError { _ = try await batch.end() }?.code == .publisherFinished)
            #expect(try await stream.info().state.messages == 25)
        }
    }

    @Test("a gap at the end is found by the end", arguments: Backend.tested)
    func failsAtEnd(_ backend: Backend) async throws {
        try await Self.withStream(backend) { _, js, stream in
            let reports = Reports()
            let batch = js.fastBatch(gaps: .fail) { reports.note($0) }
            try await batch.publish("s.1", "1")
            try await batch.publish("s.lost", "2")
            #expect(try await batch.commit("s.1", Array("3".utf8)).batchCount == 1)
            #expect(reports.texts == ["gap 2 3"])
            #expect(try await stream.info().state.messages == 1)
        }
    }

    @Test("a batch that allows gaps goes on, and reports each", arguments: Backend.tested)
    func goesOn(_ backend: Backend) async throws {
        try await Self.withStream(backend) { _, js, stream in
            let reports = Reports()
            let batch = js.fastBatch(gaps: .allow, flow: 10) { reports.note($0) }
            for number in 1...300 { try await batch.publish([100, 200, 201].contains(number) ? "s.lost" : "s.1", "\(number)") }
            let ack = try await batch.end()
            #expect(ack.batchCount == 300)
            #expect(reports.texts == ["gap 100 101", "gap 200 202"])
            #expect(try await stream.info().state.messages == 297)
            #expect(batch.acknowledgedCount == 300)
        }
    }

    @Test("a refused message and a gap beside it are told apart", arguments: Backend.tested)
    func refusedBesideGap(_ backend: Backend) async throws {
        try await Self.withStream(backend) { _, js, stream in
            let reports = Reports()
            let batch = js.fastBatch(gaps: .allow) { reports.note($0) }
            try await batch.publish("s.1", "1")
            try await batch.publish("s.1", "2", options: .init(expecting: .noMessageOnSubject))
            try await batch.publish("s.lost", "3")
            try await batch.publish("s.1", "4")
            _ = try await batch.end()
            #expect(reports.texts == ["refused 2 \(JetStreamError.Code.streamWrongLastSequence)", "gap 3 4"])
            #expect(try await stream.info().state.messages == 2)
        }
    }

    @Test("a refused message ends a batch that doesn't allow gaps", arguments: Backend.tested)
    func refusedFails(_ backend: Backend) async throws {
        try await Self.withStream(backend) { _, js, stream in
            let batch = js.fastBatch(gaps: .fail)
            try await batch.publish("s.1", "1")
            var error: NATSError?
            error = try await natsError { try await batch.publish("s.1", "2", options: .init(expecting: .noMessageOnSubject)) }
            for number in 3...10_000 where error == nil {
                error = try await natsError { try await batch.publish("s.1", "\(number)") }
            }
            #expect(error != nil)
            #expect(try await stream.info().state.messages == 1)
        }
    }
}
