import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: reading stored messages") struct StoredMessageTests {
    /// A stream of five messages, `a.1` to `a.5`, and a sixth on `a.1` with a header.
    private func withMessages(
        _ backend: Backend, allowsDirectGet: Bool = true,
        _ body: @escaping @Sendable (JetStream, JetStream.Stream) async throws -> Void
    ) async throws {
        try await withJetStream(backend) { _, js in
            var configuration = StreamConfiguration(name: "A", subjects: ["a.*"])
            configuration.allowsDirectGet = allowsDirectGet
            let stream = try await js.createStream(configuration)
            try await js.store(5, on: "a")
            try await js.store("a.1", "six", headers: ["Color": "red"])
            try await body(js, stream)
        }
    }

    @Test("one message: by number, the last and the next on a subject, from a time", arguments: Backend.tested, [true, false])
    func single(_ backend: Backend, allowsDirectGet: Bool) async throws {
        try await withMessages(backend, allowsDirectGet: allowsDirectGet) { _, stream in
            for source in [ReadSource.anyReplica, .leader] {
                let second = try #require(try await stream.message(2, source: source))
                #expect(second.stream == "A" && second.subject == "a.2" && second.sequence == 2 && second.string == "2")
                #expect(second.headers.isEmpty)
                let last = try #require(try await stream.lastMessage(on: "a.1", source: source))
                #expect(last.sequence == 6 && last.string == "six" && last.headers["Color"] == "red")
                #expect(last.headers.contains("Nats-Sequence") == false && last.timestamp >= second.timestamp)
                #expect(try await stream.lastMessage(on: "a.*", source: source)?.sequence == 6)
                #expect(try await stream.firstMessage(from: .sequence(2), matching: "a.1", source: source)?.sequence == 6)
                #expect(try await stream.firstMessage(from: .sequence(0), source: source)?.sequence == 1)
                #expect(try await stream.firstMessage(from: .time(last.timestamp), source: source)?.sequence == 6)
                #expect(try await stream.message(7, source: source) == nil)
                #expect(try await stream.lastMessage(on: "a.9", source: source) == nil)
                #expect(try await stream.firstMessage(from: .sequence(3), matching: "a.2", source: source) == nil)
                #expect(try await stream.payload(6, source: source).map { String(decoding: $0, as: UTF8.self) } == "six")
                #expect(try await stream.lastPayload(on: "a.2", source: source).map { Array($0) } == Array("2".utf8))
                #expect(try await stream.payload(7, source: source) == nil)
            }
        }
    }

    @Test("a handle without info finds out whether the stream allows direct gets", arguments: Backend.tested, [true, false])
    func fallback(_ backend: Backend, allowsDirectGet: Bool) async throws {
        try await withMessages(backend, allowsDirectGet: allowsDirectGet) { js, _ in
            let unverified = try js.unverifiedStream("A")
            #expect(try await unverified.message(2)?.string == "2")
            #expect(try await unverified.lastPayload(on: "a.1").map { String(decoding: $0, as: UTF8.self) } == "six")
            try await expectRefusal(.streamNotFound) { try await js.unverifiedStream("B").message(1) }
            let batch = await #expect(throws: NATSError.self) { try await js.unverifiedStream("B").messages(1) }
            #expect(batch?.code == .noResponders)
        }
    }

    @Test("a message that another stream has republished is told of as this stream has it", arguments: Backend.tested)
    func republished(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            try await withRepublished(js) { copy in
                for source in [ReadSource.anyReplica, .leader] {
                    let message = try #require(try await copy.message(5, source: source))
                    #expect(message.stream == "COPY" && message.sequence == 5 && message.subject == "copy.origin.2")
                    #expect(message.headers.values(for: HeaderName.stream) == ["ORIGIN"])
                    #expect(message.headers.values(for: HeaderName.sequence) == ["2"])
                    #expect(message.headers.contains(HeaderName.lastSequence) && message.headers["Color"] == "red")
                }
                let batch = try await copy.messages(10, from: .sequence(4))
                #expect(batch.elements.map(\.sequence) == [4, 5, 6])
                #expect(batch.elements.map { $0.headers[HeaderName.sequence] } == ["1", "2", "3"])
                #expect(batch.elements.allSatisfy { $0.headers.contains(HeaderName.lastSequence) })
                #expect(batch.elements.allSatisfy { !$0.headers.contains(HeaderName.numberPending) })
                var sequences: [UInt64] = []
                for try await message in copy.storedMessages(batch: 2) { sequences.append(message.sequence) }
                #expect(sequences == [1, 2, 3, 4, 5, 6])
                let last = try #require(try await copy.lastMessage(on: "copy.origin.2"))
                try await copy.deleteMessage(last.sequence)
                #expect(try await copy.message(5) == nil)
            }
        }
    }

    /// A stream of three messages of its own, and behind them three that another one has republished.
    private func withRepublished(_ js: JetStream, _ body: (JetStream.Stream) async throws -> Void) async throws {
        var configuration = StreamConfiguration(name: "COPY", subjects: ["copy.>"])
        configuration.allowsDirectGet = true
        let copy = try await js.createStream(configuration)
        var origin = StreamConfiguration(name: "ORIGIN", subjects: ["origin.*"])
        origin.republish = Republish(source: ">", destination: "copy.>")
        _ = try await js.createStream(origin)
        try await js.store(3, on: "copy")
        for number in 1...3 { try await js.store("origin.\(number)", "\(number)", headers: ["Color": "red"]) }
        try await eventually("all are stored") { try await copy.info().state.messages == 6 }
        try await body(copy)
    }

    @Test("only the payload travels when only the payload is asked for")
    func withoutHeaders() async throws {
        try await withMessages(.epoll) { js, stream in
            let before = js.connection.statistics.bytesReceived
            _ = try await stream.payload(6)
            let between = js.connection.statistics.bytesReceived
            _ = try await stream.message(6)
            let after = js.connection.statistics.bytesReceived
            #expect(between - before < after - between)
        }
    }

    @Test("many messages at once, from a number or a time, and how many are left", arguments: Backend.tested)
    func batches(_ backend: Backend) async throws {
        try await withMessages(backend) { _, stream in
            let three = try await stream.messages(3, from: .sequence(2))
            #expect(three.elements.map(\.sequence) == [2, 3, 4] && three.elements.map(\.string) == ["2", "3", "4"])
            #expect(three.pendingCount == 2 && three.lastSequence == 4 && three.upToSequence == nil)
            let filtered = try await stream.messages(10, matching: "a.1")
            #expect(filtered.elements.map(\.sequence) == [1, 6] && filtered.pendingCount == 0)
            let last = try #require(filtered.elements.last)
            #expect(try await stream.messages(10, from: .time(last.timestamp)).elements.map(\.sequence) == [6])
            #expect(try await stream.messages(10, from: .sequence(7)).elements.isEmpty)
            let small = try await stream.messages(10, maximumBytes: 5)
            #expect(small.elements.count == 2 && small.pendingCount == 4)
            let payloads = try await stream.payloads(10, from: .sequence(5))
            #expect(payloads.elements.map { String(decoding: $0, as: UTF8.self) } == ["5", "six"])
            #expect(payloads.lastSequence == 6)
        }
    }

    @Test("the last messages of many subjects, of one moment", arguments: Backend.tested)
    func lastOfEach(_ backend: Backend) async throws {
        try await withMessages(backend) { js, stream in
            let now = try await stream.lastMessages(on: ["a.1", "a.3"])
            #expect(now.elements.map(\.sequence) == [3, 6] && now.upToSequence == 6)
            let before = try await stream.lastMessages(on: ["a.*"], upTo: .sequence(5))
            #expect(before.elements.map(\.sequence) == [1, 2, 3, 4, 5] && before.upToSequence == 5)
            let first = try await stream.lastMessages(on: ["a.*"], count: 2)
            #expect(first.elements.map(\.sequence) == [2, 3] && first.pendingCount == 3)
            try await js.store("a.2", "later")
            let rest = try await stream.lastMessages(
                on: ["a.*"], upTo: first.upToSequence.map { .sequence($0) }, from: first.lastSequence + 1)
            #expect(rest.elements.map(\.sequence) == [4, 5, 6] && rest.pendingCount == 0)
            let sixth = try #require(now.elements.last)
            let early = try await stream.lastMessages(on: ["a.1"], upTo: .time(sixth.timestamp))
            #expect(early.elements.map(\.sequence) == [1])
            #expect(try await stream.lastMessages(on: ["b"]).elements.isEmpty)
        }
    }

    @Test("more than 1,024 subjects at once are refused", arguments: Backend.tested)
    func tooMany(_ backend: Backend) async throws {
        try await withMessages(backend) { js, stream in
            for number in 0..<1_025 { try await js.connection.publish("a.many\(number)") }
            try await eventually("all are stored") { try await stream.info().state.messages == 1_031 }
            let error = try #require(await #expect(throws: NATSError.self) { try await stream.lastMessages(on: ["a.*"]) })
            #expect(error.code == .jetStreamRefused && error.jetStream?.status == 413)
        }
    }

    @Test("all messages are read without a consumer", arguments: Backend.tested)
    func scan(_ backend: Backend) async throws {
        try await withMessages(backend) { _, stream in
            var read: [UInt64] = []
            for try await message in stream.storedMessages(batch: 2) { read.append(message.sequence) }
            #expect(read == [1, 2, 3, 4, 5, 6])
            read = []
            for try await message in stream.storedMessages(from: .sequence(2), matching: "a.1", batch: 1) {
                read.append(message.sequence)
            }
            #expect(read == [6])
            for try await message in stream.storedMessages(matching: "b") { Issue.record("\(message)") }
            #expect(try await stream.info().state.consumerCount == 0)
        }
    }

    @Test("a user who may only read one subject can", arguments: Backend.tested)
    func permissions(_ backend: Backend) async throws {
        var options = NATSServerOptions.with {
            $0.user = "ann"
            $0.password = "pw"
            $0.permissions = #"publish: { allow: ["a.*", "$JS.API.STREAM.CREATE.A", "$JS.API.DIRECT.GET.A.a.1"] }"#
        }
        options.isJetStreamEnabled = true
        try await withBench(backend, options) { bench in
            let js = try await bench.connect { $0.authentication = .user("ann", password: "pw") }.jetStream()
            var configuration = StreamConfiguration(name: "A", subjects: ["a.*"])
            configuration.allowsDirectGet = true
            let stream = try await js.createStream(configuration)
            try await js.store(2, on: "a")
            #expect(try await stream.lastMessage(on: "a.1")?.string == "1")
            let error = await #expect(throws: NATSError.self) { try await stream.lastMessage(on: "a.2") }
            #expect(error?.code == .permissionViolation)
        }
    }
}
