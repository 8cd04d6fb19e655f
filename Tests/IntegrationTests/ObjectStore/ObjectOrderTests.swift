import NATSClient
import NATSStores
import Synchronization
import TestSupport
import Testing

/// What becomes of a put when the stream stores chunks in another order, or acknowledgements get lost. A service that answers as a
/// stream would makes it happen at will.
@Suite("Object store: places of chunks", .timeLimit(.minutes(5))) struct ObjectOrderTests {
    /// Answers for the bucket `B`.
    private final class FakeStream: Sendable {
        struct State {
            /// The numbers that the next messages get; then they count on.
            var numbers: [UInt64] = []
            var last: UInt64 = 0
            var chunks: [UInt64: [UInt8]] = [:]
            var removed: [UInt64] = []
            var record: (sequence: UInt64, json: String)?
            var recordAttempts = 0
            var subject = ""
            /// By message id.
            var known: [String: UInt64] = [:]
        }

        let state = Mutex(State())
        private let losesFirstAcknowledgement: Bool
        private let domain: String
        /// Stores the first chunk without a word, and another time when it is sent again.
        private let storesTwice: Bool

        init(
            numbers: [UInt64], losesFirstAcknowledgement: Bool = false, domain: String = "", storesTwice: Bool = false
        ) {
            self.storesTwice = storesTwice
            self.losesFirstAcknowledgement = losesFirstAcknowledgement
            self.domain = domain
            state.withLock { $0.numbers = numbers }
        }

        private func nextNumber(_ state: inout State) -> UInt64 {
            let number = state.numbers.isEmpty ? state.last + 1 : state.numbers.removeFirst()
            state.last = max(state.last, number)
            return number
        }

        private func ack(_ number: UInt64) -> String { #"{"stream":"OBJ_B","domain":"\#(domain)","seq":\#(number)}"# }

        func answer(_ subject: String, _ payload: [UInt8], id: String?) -> String? {
            state.withLock { state in
                if subject.hasPrefix("$O.B.C.") {
                    if let id, let number = state.known[id] { return ack(number) }
                    let number = nextNumber(&state)
                    state.subject = subject
                    state.chunks[number] = payload
                    if storesTwice, state.chunks.count == 1 { return nil }
                    if let id { state.known[id] = number }
                    return ack(number)
                }
                if subject.hasPrefix("$O.B.M.") {
                    state.recordAttempts += 1
                    if losesFirstAcknowledgement, state.recordAttempts > 1 {
                        return #"{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 1"}}"#
                    }
                    let number = nextNumber(&state)
                    state.record = (number, String(decoding: payload, as: UTF8.self))
                    return losesFirstAcknowledgement ? nil : ack(number)
                }
                if subject.contains(".MSG.DELETE.") {
                    let text = String(decoding: payload, as: UTF8.self)
                    let number = UInt64(text.drop { !$0.isNumber }.prefix { $0.isNumber }) ?? 0
                    state.chunks[number] = nil
                    state.removed.append(number)
                    return #"{"success":true}"#
                }
                if subject.contains(".STREAM.INFO.") {
                    return
                        #"{"config":{"name":"OBJ_B"},"state":{"num_subjects":1,"subjects":{"\#(state.subject)":\#(state.chunks.count)}}}"#
                }
                guard subject.contains(".MSG.GET."), let record = state.record else {
                    return #"{"error":{"code":404,"err_code":10037,"description":"no message found"}}"#
                }
                let time = "2026-01-01T00:00:00Z"
                let data = base64(record.json)
                return #"{"message":{"subject":"x","seq":\#(record.sequence),"time":"\#(time)","data":"\#(data)"}}"#
            }
        }

        private func base64(_ text: String) -> String {
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
            var result = ""
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let part = Array(bytes[start..<min(start + 3, bytes.count)])
                let bits = part.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - part.count))
                for index in 0..<4 {
                    let isPadding = index > part.count
                    result.append(isPadding ? "=" : alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)])
                }
            }
            return result
        }

        /// The bytes in the order of the numbers.
        var content: [UInt8] { state.withLock { state in state.chunks.sorted { $0.key < $1.key }.flatMap(\.value) } }
    }

    private func withFake(
        _ backend: Backend, _ fake: FakeStream, domain: String? = nil,
        _ body: @escaping @Sendable (ObjectStore) async throws -> Void
    ) async throws {
        try await withBench(backend) { bench in
            let service = try await bench.connect()
            let subscriptions = [
                try await service.subscribe("$O.B.>"), try await service.subscribe("FAKE.>"),
                try await service.subscribe("$JS.hub.API.>"),
            ]
            let serving = subscriptions.map { subscription in
                Task {
                    for try await message in subscription {
                        guard let answer = fake.answer(message.subject, Array(message.payload), id: message.header("Nats-Msg-Id"))
                        else { continue }
                        try message.respond(answer)
                    }
                }
            }
            defer { for task in serving { task.cancel() } }
            let nats = try await bench.connect()
            let js = domain.map { nats.jetStream(domain: $0) } ?? nats.jetStream(prefix: "FAKE")
            try await body(js.unverifiedObjectStore("B"))
        }
    }

    private static let options: ObjectPutOptions = {
        var options = ObjectPutOptions()
        options.chunkBytes = 10
        return options
    }()

    @Test("chunks that were stored out of place are removed, and stored anew in their order", arguments: Backend.tested)
    func misplaced(_ backend: Backend) async throws {
        // The third chunk was sent again, and is behind the fifth.
        let fake = FakeStream(numbers: [1, 2, 9, 4, 5])
        try await withFake(backend, fake) { objects in
            let bytes = pattern(75)
            let info = try await objects.put("a", bytes, options: Self.options)
            #expect(info.chunkCount == 8)
            #expect(fake.content == bytes)
            #expect(fake.state.withLock { $0.removed }.first == 4)
            #expect(fake.state.withLock { Set($0.removed) }.isDisjoint(with: [1, 2, 9]))
            #expect(fake.state.withLock { $0.record?.json.contains(#""chunks":8"#) } == true)
        }
    }

    @Test("a stream that doesn't go on counting ends the put", arguments: Backend.tested)
    func neverInPlace(_ backend: Backend) async throws {
        let fake = FakeStream(numbers: [100] + Array(1...60))
        try await withFake(backend, fake) { objects in
            await expectError(.objectChanged) { try await objects.put("a", pattern(20), options: Self.options) }
            #expect(fake.state.withLock { $0.record == nil })
        }
    }

    @Test("a record whose acknowledgement was lost is stored once, and the put succeeds", arguments: Backend.tested)
    func lostAcknowledgement(_ backend: Backend) async throws {
        let fake = FakeStream(numbers: [1, 2, 3], losesFirstAcknowledgement: true)
        try await withFake(backend, fake) { objects in
            var js = objects.stream.jetStream
            js.timeout = .seconds(3)
            let impatient = try js.unverifiedObjectStore("B")
            let info = try await impatient.put("a", pattern(15), options: Self.options)
            #expect(info.revision == 3 && info.size == 15)
            #expect(fake.state.withLock { $0.recordAttempts } >= 2)
        }
    }

    @Test("what another domain's stream would take is refused, not lost", arguments: Backend.tested)
    func foreign(_ backend: Backend) async throws {
        let fake = FakeStream(numbers: [1, 2, 3], domain: "other")
        try await withFake(backend, fake, domain: "hub") { objects in
            await expectError(.bucketNotFound) { try await objects.put("a", pattern(15), options: Self.options) }
            #expect(fake.state.withLock { $0.record == nil })
        }
        let ours = FakeStream(numbers: [1, 2, 3], domain: "hub")
        try await withFake(backend, ours, domain: "hub") { objects in
            try await objects.put("a", pattern(15), options: Self.options)
        }
    }

    @Test("a chunk that was sent again behind the stream's duplicate window isn't stored twice", arguments: Backend.tested)
    func storedTwice(_ backend: Backend) async throws {
        let fake = FakeStream(numbers: [1, 2, 3], storesTwice: true)
        try await withFake(backend, fake) { objects in
            await expectError(.objectChanged) { try await objects.put("a", pattern(25), options: Self.options) }
            #expect(fake.state.withLock { $0.record == nil })
        }
    }
}
