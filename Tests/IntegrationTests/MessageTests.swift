import NATSClient
import TestSupport
import Testing

@Suite("Message ownership") struct MessageTests {
    @Test("messages stay readable and right after the connection and its loop are gone", arguments: Backend.tested)
    func outlives(_ backend: Backend) async throws {
        let kept = Recorder<Message>()
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n.>")
            for number in 0..<500 {
                try await nats.publish(
                    "n.\(number)", pattern(number, seed: number), headers: ["n": "\(number)"], reply: "r")
            }
            for number in 0..<500 {
                let message = try await subscription.required()
                kept.append(number.isMultiple(of: 3) ? message.detached() : message)
            }
        }
        for (number, message) in kept.all.enumerated() {
            #expect(message.subject == "n.\(number)")
            #expect(message.reply == "r")
            #expect(message.header("n") == "\(number)")
            #expect(Array(message.payload) == pattern(number, seed: number))
            await expectError(.connectionClosed) { try message.respond("x") }
        }
    }

    @Test("thousands of held messages keep their contents while traffic goes on", arguments: Backend.tested)
    func held(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            var held: [(Int, Message)] = []
            for number in 0..<20_000 {
                try await nats.publish("n", pattern(number % 1_500, seed: number))
                if number % 500 == 499 {
                    for seed in (number - 499)...number {
                        let message = try await subscription.required()
                        // Sparse, so that each would pin a block of its own.
                        if seed.isMultiple(of: 4) { held.append((seed, message)) }
                    }
                }
            }
            #expect(held.count == 5_000)
            for (seed, message) in held { #expect(Array(message.payload) == pattern(seed % 1_500, seed: seed)) }
            // The pool isn't pinned by them: they are copied out above a bound.
            #expect(nats.statistics.messagesCopiedOut > 0)
            #expect(bench.loop.statistics.blocksLent <= 200)
            held = []
            try await nats.flush()
            #expect(bench.loop.statistics.blocksLent <= 64)
        }
    }

    @Test("a detached message is equal in all its parts, and pins nothing", arguments: Backend.tested)
    func detached(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("a.b")
            try await nats.publish("a.b", pattern(99), headers: ["x": "1", "y": "2"], reply: "r.s")
            let original = try await subscription.required()
            let copy = original.detached()
            #expect(copy.subject == original.subject)
            #expect(copy.reply == original.reply)
            #expect(copy.headers == original.headers)
            #expect(copy.payload == original.payload)
            #expect(copy.size == original.size)
            #expect(copy.description == original.description)
            #expect(!copy.description.contains("1"), "the description shows no content")
        }
    }

    @Test("a detached request can be responded to", arguments: Backend.tested)
    func respondDetached(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let requests = try await nats.subscribe("ask")
            let reply = Task { try await nats.request("ask", "x") }
            try await requests.required().detached().respond("y")
            #expect(try await reply.value.string == "y")
        }
    }

    @Test("the payload is a collection like any other", arguments: Backend.tested)
    func payload(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            try await nats.publish("n", "grüße")
            try await nats.publish("n", [0xFF, 0x41] as [UInt8])
            let text = try await subscription.required()
            #expect(String(decoding: text.payload, as: UTF8.self) == "grüße")
            #expect(text.string == "grüße")
            #expect(text.payload.first == UInt8(ascii: "g"))
            #expect(text.payload.count == "grüße".utf8.count)
            #expect(text.payload == text.detached().payload)
            #expect(Set([text.payload, text.detached().payload]).count == 1)
            // Bytes that aren't UTF-8 are repaired in text, and kept in the payload.
            let broken = try await subscription.required()
            #expect(broken.string == "\u{FFFD}A")
            #expect(Array(broken.payload) == [0xFF, 0x41])
        }
    }
}
