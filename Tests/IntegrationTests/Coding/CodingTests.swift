import FoundationEssentials
import NATSClient
import NATSFoundation
import NATSStores
import TestSupport
import Testing

@Suite("Values as payloads") struct CodingTests {
    private struct Query: Codable, Equatable {
        var id: Int
    }

    private struct User: Codable, Equatable {
        var id: Int
        var name: String
    }

    /// A coder that isn't JSON, and that refuses negative numbers.
    private struct Digits: PayloadCoder {
        struct Negative: Error {}
        struct NoDigits: Error {}

        func encode(_ value: some Encodable) throws -> [UInt8] {
            guard let number = value as? Int, number >= 0 else { throw Negative() }
            return Array("\(number)".utf8)
        }

        func decode<Value: Decodable>(_ type: Value.Type, from payload: Span<UInt8>) throws -> Value {
            var text = ""
            for index in payload.indices { text.unicodeScalars.append(Unicode.Scalar(payload[index])) }
            guard let number = Int(text) as? Value else { throw NoDigits() }
            return number
        }
    }

    @Test(arguments: Backend.tested) func aRequestAndItsReplyAreValues(backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let queries = try await nats.subscribe("users.get")
            let serving = Task {
                for try await message in queries {
                    let query = try message.decode(Query.self)
                    try message.respond(encoding: User(id: query.id, name: "Zoë \"Z\""))
                }
            }
            let user: User = try await nats.request("users.get", encoding: Query(id: 7))
            #expect(user == User(id: 7, name: "Zoë \"Z\""))
            queries.unsubscribe()
            try await serving.value
        }
    }

    @Test(arguments: Backend.tested) func publishedValuesAreDecodedInBothForms(backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("users")
            try await nats.publish("users", encoding: User(id: 1, name: "Ada"), headers: ["kind": "a"])
            try nats.outbound.publish("users", Array(#"{"name":"Bob","id":2}"#.utf8))
            let first = try await subscription.required()
            #expect(try first.decode(User.self) == User(id: 1, name: "Ada"))
            #expect(first.header("kind") == "a")
            #expect(try await subscription.required().decode(User.self) == User(id: 2, name: "Bob"))
            try synchronously { try nats.publish("users", encoding: Query(id: 3)) }
            #expect(try await subscription.required().decode() == Query(id: 3))
        }
    }

    @Test(arguments: Backend.tested) func whatIsNoSuchValueSaysWhereAndWhy(backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("users")
            try await nats.publish("users", #"{"id":"seven"}"#)
            let message = try await subscription.required()
            let error = #expect(throws: NATSError.self) { try message.decode(Query.self) }
            #expect(error?.code == .invalidPayload)
            #expect(error?.subject == "users")
            #expect(error?.underlying is DecodingError)
            // What can't be encoded is never sent.
            let refused = await #expect(throws: NATSError.self) {
                try await nats.publish("users", encoding: [Double.infinity])
            }
            #expect(refused?.code == .invalidPayload)
            #expect(refused?.underlying is EncodingError)
            try await nats.publish("users", "next")
            #expect(try await subscription.required().string == "next")
        }
    }

    @Test(arguments: Backend.tested) func anyCoderWillDo(backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            try await nats.subscribe("echo") { view in try? view.respond(view.bytes) }
            let echoed: Int = try await nats.request("echo", encoding: 42, using: Digits())
            #expect(echoed == 42)
            let refused = await #expect(throws: NATSError.self) {
                try await nats.publish("echo", encoding: -1, using: Digits())
            }
            #expect(refused?.underlying is Digits.Negative)
            let text = try await nats.request("echo", "a word")
            let error = #expect(throws: NATSError.self) { try text.decode(Int.self, using: Digits()) }
            #expect(error?.underlying is Digits.NoDigits)
        }
    }

    @Test(arguments: Backend.tested) func dataIsAPayload(backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let data = Data(pattern(70_000))
            let subscription = try await nats.subscribe("data")
            try await nats.publish("data", data)
            try synchronously { try nats.publish("data", data[..<10]) }
            #expect(try await subscription.required().data == data)
            #expect(try await subscription.required().data == data.prefix(10))
            let requests = try await nats.subscribe("data.echo")
            let serving = Task {
                for try await message in requests { try message.respond(message.data + Data([1])) }
            }
            #expect(try await nats.request("data.echo", Data([7])).data == Data([7, 1]))
            requests.unsubscribe()
            try await serving.value
        }
    }

    @Test(arguments: Backend.tested) func streamsStoreValues(backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "USERS", subjects: ["users.>"]))
            let ack = try await js.publish(
                "users.7", encoding: User(id: 7, name: "Eve"), options: .init(messageID: "eve"))
            #expect(ack.sequence == 1)
            let again = try await js.publish("users.7", encoding: User(id: 7, name: "Eve"), options: .init(messageID: "eve"))
            #expect(again.isDuplicate)
            #expect(try await stream.message(1)?.decode(User.self) == User(id: 7, name: "Eve"))
            let refused = await #expect(throws: NATSError.self) { try await js.publish("users.8", encoding: -1, using: Digits()) }
            #expect(refused?.code == .invalidPayload)
            #expect(try await stream.info().state.messages == 1)
        }
    }

    /// Calls the form for synchronous code, which asynchronous code has no way to ask for.
    private func synchronously(_ body: () throws -> Void) throws { try body() }
}
