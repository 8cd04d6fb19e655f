import NATSClient
import NATSStores
import Synchronization
import TestSupport
import Testing

@Suite("Batches") struct BatchTests {
    private static func stream(_ js: JetStream) async throws -> JetStream.Stream {
        try await js.makeStream("S", ["s.>"]) {
            $0.allowsAtomicPublish = true
            $0.allowsBatchPublish = true
        }
    }

    @Test("an atomic batch is stored when it is committed, and not before", arguments: Backend.tested)
    func atomic(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await Self.stream(js)
            var batch = js.atomicBatch()
            let id = batch.id
            for number in 0..<250 { try await batch.add("s.\(number)", "\(number)") }
            try await js.connection.flush()
            #expect(try await stream.info().state.messages == 0)
            let ack = try await batch.commit("s.last", pattern(300))
            #expect(ack.batchID == id)
            #expect(ack.batchCount == 251)
            #expect(ack.sequence == 251)
            #expect(try await stream.info().state.messages == 251)
            #expect(try await js.stored(7, in: "S").string == "6")
        }
    }

    @Test("an atomic batch is committed without a last message", arguments: Backend.tested)
    func endOfBatch(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await Self.stream(js)
            var batch = js.atomicBatch()
            try await batch.add("s.1", "a")
            try await batch.add("s.2", "b")
            #expect(try await batch.commit().batchCount == 2)
            #expect(try await stream.info().state.messages == 2)
            let empty = js.atomicBatch()
            do {
                _ = try await empty.commit()
                Issue.record("an empty batch was committed")
            } catch let error as NATSError {
                #expect(error.code == .invalidOption)
            }
        }
    }

    @Test("an array of messages is stored at once, or not at all", arguments: Backend.tested)
    func array(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await Self.stream(js)
            let messages = (1...1_000).map { AtomicBatch.Message("s.\($0)", "\($0)") }
            let ack = try await js.publishAtomically(messages)
            #expect(ack.batchCount == 1_000)
            #expect(ack.sequence == 1_000)
            #expect(try await js.stored(1_000, in: "S").string == "1000")
            #expect(try await js.publishAtomically([.init("s.one", "x")]).batchCount == 1)
            let wrong = [
                AtomicBatch.Message("s.new", "x"),
                AtomicBatch.Message("s.7", pattern(10), headers: ["a": "b"], options: .init(expecting: .noMessageOnSubject)),
                AtomicBatch.Message("s.new", "y"),
            ]
            #expect(try await refusal { try await js.publishAtomically(wrong) } == .streamWrongLastSequence)
            #expect(try await natsError { try await js.publishAtomically([]) }?.code == .invalidOption)
            let tooMany = (1...1_001).map { _ in AtomicBatch.Message("s.1", "x") }
            #expect(try await refusal { try await js.publishAtomically(tooMany) } == .atomicPublishTooLargeBatch)
            #expect(try await stream.info().state.messages == 1_001)
        }
    }

    @Test("a message that isn't sent is no part of an atomic batch, which goes on", arguments: Backend.tested)
    func notSent(_ backend: Backend) async throws {
        try await withJetStream(backend, .with { $0.maximumPayload = 4_096 }) { _, js in
            let stream = try await Self.stream(js)
            var batch = js.atomicBatch()
            // The first waits for an answer, the others don't.
            for round in 0..<3 {
                var codes: [NATSError.Code?] = []
                do { try await batch.add("s.1", pattern(5_000)) } catch let error as NATSError { codes.append(error.code) }
                do { try await batch.add("s 1", "x") } catch let error as NATSError { codes.append(error.code) }
                #expect(codes == [.payloadTooLarge, .invalidSubject])
                #expect(batch.count == round)
                try await batch.add("s.\(round)", "x")
            }
            #expect(try await batch.commit().batchCount == 3)
            #expect(try await stream.info().state.messages == 3)
        }
    }

    @Test("an atomic batch that was refused is over", arguments: Backend.tested)
    func over(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.makeStream("PLAIN", ["p"])
            var batch = js.atomicBatch()
            var codes: [NATSError.Code?] = []
            do { try await batch.add("p", "a") } catch let error as NATSError { codes.append(error.code) }
            do { try await batch.add("p", "b") } catch let error as NATSError { codes.append(error.code) }
            do { _ = try await batch.commit() } catch let error as NATSError { codes.append(error.code) }
            #expect(codes == [.jetStreamRefused, .publisherFinished, .publisherFinished])
            #expect(try await stream.info().state.messages == 0)
        }
    }

    @Test("a message that isn't sent is no part of a fast batch, which goes on", arguments: Backend.tested)
    func fastNotSent(_ backend: Backend) async throws {
        try await withJetStream(backend, .with { $0.maximumPayload = 4_096 }) { _, js in
            let stream = try await Self.stream(js)
            let batch = js.fastBatch(gaps: .fail)
            for round: UInt64 in 0..<3 {
                #expect(try await natsError { try await batch.publish("s.1", pattern(5_000)) }?.code == .payloadTooLarge)
                #expect(try await natsError { try await batch.publish("s 1", "x") }?.code == .invalidSubject)
                #expect(batch.count == round)
                #expect(try await batch.publish("s.\(round)", "x") == round + 1)
            }
            #expect(try await natsError { _ = try await batch.commit("s.1", pattern(5_000)) }?.code == .payloadTooLarge)
            try await batch.keepAlive()
            #expect(try await batch.commit("s.last", pattern(10)).batchCount == 4)
            #expect(try await stream.info().state.messages == 4)
        }
    }

    @Test("one message that doesn't find what it expects lets nothing of its batch in", arguments: Backend.tested)
    func expectations(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await Self.stream(js)
            try await js.publish("s.1", "first")
            var batch = js.atomicBatch()
            try await batch.add("s.2", "a")
            try await batch.add("s.1", "b", options: .init(expecting: .noMessageOnSubject))
            do {
                _ = try await batch.commit("s.3", "c")
                Issue.record("it was committed")
            } catch let error as NATSError {
                #expect(error.jetStream?.code == .streamWrongLastSequence)
            }
            #expect(try await stream.info().state.messages == 1)
            var right = js.atomicBatch()
            try await right.add("s.2", "a", options: .init(expecting: .noMessageOnSubject))
            try await right.add("s.1", "b", options: .init(expecting: .lastSubjectSequence(1)))
            #expect(try await right.commit().batchCount == 2)
        }
    }

    @Test("a stream that doesn't take batches says so at the first message", arguments: Backend.tested)
    func disabled(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.makeStream("PLAIN", ["p"])
            var batch = js.atomicBatch()
            do {
                try await batch.add("p", "a")
                Issue.record("it was added")
            } catch let error as NATSError {
                #expect(error.jetStream?.code == .atomicPublishDisabled)
            }
            #expect(try await natsError { try await js.fastBatch().publish("p", "a") }?.jetStream?.code == .batchPublishDisabled)
            #expect(try await natsError { try await js.fastBatch().publish("nobody", "a") }?.code == .noResponders)
            #expect(try await stream.info().state.messages == 0)
        }
    }

    @Test("fast ingest stores everything in order, with few answers", arguments: Backend.tested)
    func fast(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await Self.stream(js)
            let batch = js.fastBatch(flow: 50)
            for number in 1...2_000 { #expect(try await batch.publish("s.\(number % 3)", "\(number)") == UInt64(number)) }
            let ack = try await batch.commit("s.last", pattern(10))
            #expect(ack.sequence == 2_001)
            #expect(ack.batchCount == 2_001)
            #expect(ack.batchID != nil)
            #expect(try await stream.info().state.messages == 2_001)
            #expect(try await js.stored(1_234, in: "S").string == "1234")
            #expect(try await natsError { try await batch.publish("s.1", "late") }?.code == .publisherFinished)
        }
    }

    @Test("fast ingest ends without a last message, and stays alive by a word", arguments: Backend.tested)
    func fastEnd(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            let stream = try await Self.stream(js)
            let batch = js.fastBatch()
            for _ in 0..<3 { try await batch.publish("s.1", "x") }
            let answers = try await bench.connect().subscribe("_INBOX.*.*.*.*.4.$FI")
            try await batch.keepAlive()
            #expect(try await answers.required().string.contains("ack"))
            #expect(try await batch.end().batchCount == 3)
            #expect(try await stream.info().state.messages == 3)
            #expect(try await natsError { _ = try await js.fastBatch().end() }?.code == .invalidOption)
        }
    }

    @Test("a message that is refused doesn't end a batch that goes on", arguments: Backend.tested)
    func fastRefusal(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await Self.stream(js)
            let refused = Mutex<[UInt64: JetStreamError.Code]>([:])
            let batch = js.fastBatch(gaps: .allow) { report in
                if case .refused(let number, let error) = report { refused.withLock { $0[number] = error.code } }
            }
            try await batch.publish("s.1", "a")
            try await batch.publish("s.1", "b", options: .init(expecting: .noMessageOnSubject))
            try await batch.publish("s.1", "c")
            _ = try await batch.end()
            #expect(refused.withLock { $0 }[2] != nil)
            #expect(try await stream.info().state.messages == 2)
        }
    }
}
