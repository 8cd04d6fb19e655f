import NATSClient
import TestSupport
import Testing

@Suite("Publish") struct PublishTests {
    @Test("every payload type arrives byte for byte, from synchronous code", arguments: Backend.tested)
    func synchronousPayloads(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("p")
            let bytes = pattern(300)
            func publishAll(_ relayed: Payload) throws {
                try nats.publish("p", "naïve ✓")
                try nats.publish("p", bytes)
                try nats.publish("p", bytes[10..<20])
                try nats.publish("p", bytes.span)
                try nats.publish("p", bytes.span.extracting(5..<9))
                try unsafe nats.publish("p", bytes.span.bytes)
                try unsafe bytes.withUnsafeBytes { try unsafe nats.publish("p", $0) }
                try nats.publish("p", relayed)
                try nats.publish("p")
                try nats.publish("p", "")
            }
            try nats.outbound.publish("p", "first")
            try publishAll(try await subscription.required().payload)
            #expect(try await subscription.required().string == "naïve ✓")
            #expect(try await Array(subscription.required().payload) == bytes)
            #expect(try await Array(subscription.required().payload) == Array(bytes[10..<20]))
            #expect(try await Array(subscription.required().payload) == bytes)
            #expect(try await Array(subscription.required().payload) == Array(bytes[5..<9]))
            #expect(try await Array(subscription.required().payload) == bytes)
            #expect(try await Array(subscription.required().payload) == bytes)
            #expect(try await subscription.required().string == "first")
            #expect(try await subscription.required().payload.isEmpty)
            #expect(try await subscription.required().payload.isEmpty)
        }
    }

    @Test("every payload type arrives byte for byte, from asynchronous code", arguments: Backend.tested)
    func asynchronousPayloads(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("p")
            let bytes = pattern(300)
            try await nats.publish("p", "naïve ✓", reply: "r")
            let first = try await subscription.required()
            #expect(first.string == "naïve ✓")
            #expect(first.reply == "r")
            #expect(first.subject == "p")
            #expect(!first.hasHeaders)
            try await nats.publish("p", bytes)
            try await nats.publish("p", bytes[10..<20])
            try await nats.publish("p", first.payload)
            try await nats.publish("p")
            #expect(try await Array(subscription.required().payload) == bytes)
            #expect(try await Array(subscription.required().payload) == Array(bytes[10..<20]))
            #expect(try await subscription.required().string == "naïve ✓")
            #expect(try await subscription.required().payload.isEmpty)
        }
    }

    @Test("a prepared publisher does all that publish does", arguments: Backend.tested)
    func prepared(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("sensors.*")
            let publisher = try nats.publisher(for: "sensors.t")
            #expect(publisher.subject == "sensors.t")
            let bytes = pattern(100)
            try await publisher.ready()
            try publisher.publish("22.4")
            try publisher.publish(bytes)
            try publisher.publish(bytes[1..<3])
            try publisher.publish(bytes.span)
            try unsafe publisher.publish(bytes.span.bytes)
            try publisher.publish("", headers: ["a": "1"], reply: "answers")
            #expect(try await subscription.required().string == "22.4")
            #expect(try await Array(subscription.required().payload) == bytes)
            #expect(try await Array(subscription.required().payload) == Array(bytes[1..<3]))
            #expect(try await Array(subscription.required().payload) == bytes)
            #expect(try await Array(subscription.required().payload) == bytes)
            let last = try await subscription.required()
            #expect(last.subject == "sensors.t")
            #expect(last.reply == "answers")
            #expect(last.header("a") == "1")
            await expectError(.invalidSubject) { try nats.publisher(for: "a b") }
            await expectError(.invalidSubject) { try publisher.publish("", reply: "a b") }
            await expectError(.invalidHeader) { try publisher.publish("", headers: ["a": "1\n"]) }
        }
    }

    @Test("headers arrive in order, with repeated names, beside any payload", arguments: Backend.tested)
    func headers(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("h")
            var headers = Headers()
            try headers.append("Trace", "abc")
            try headers.append("Color", "red")
            try headers.append("Color", "blue: dark")
            try headers.append("Empty", "")
            try await nats.publish("h", "payload", headers: headers, reply: "r.1")
            let message = try await subscription.required()
            #expect(message.hasHeaders)
            #expect(message.headers.map(\.name) == ["Trace", "Color", "Color", "Empty"])
            #expect(message.headers.values(for: "Color") == ["red", "blue: dark"])
            #expect(message.header("Trace") == "abc")
            #expect(message.header("trace") == nil)
            #expect(message.header("trace", caseInsensitive: true) == "abc")
            #expect(message.header("Empty") == "")
            #expect(message.status == nil)
            #expect(message.string == "payload")
            #expect(message.reply == "r.1")
            // Received headers can be sent on as they are.
            try await nats.publish("h", headers: message.headers)
            let second = try await subscription.required()
            #expect(second.headers == message.headers)
            #expect(second.payload.isEmpty)
            // No header is no header block.
            try await nats.publish("h", "plain", headers: [:])
            #expect(try await subscription.required().hasHeaders == false)
        }
    }

    @Test("a literal with a defect is refused where it is used", arguments: Backend.tested)
    func headerDefect(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            for headers in [["bad name": "v"], ["a:b": "v"], ["": "v"], ["a": "v\r\nX: y"]] as [Headers] {
                await expectError(.invalidHeader) { try await nats.publish("h", "", headers: headers) }
                await expectError(.invalidHeader) { try nats.outbound.publish("h", "", headers: headers) }
                await expectError(.invalidHeader) { try await nats.request("h", "", headers: headers) }
            }
            #expect(nats.statistics.publishesAccepted == 0)
        }
    }

    @Test(
        "subjects that would break the protocol are refused",
        arguments: Backend.tested, ["", " ", "a b", "a\tb", "a\r\nPUB b 0\r\n", "a\u{0}b", "é\n"])
    func invalidSubjects(_ backend: Backend, _ subject: String) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            await expectError(.invalidSubject) { try await nats.publish(subject, "x") }
            await expectError(.invalidSubject) { try nats.outbound.publish(subject, "x") }
            if !subject.isEmpty {
                await expectError(.invalidSubject) { try await nats.publish("ok", "x", reply: subject) }
            }
            await expectError(.invalidSubject) { try await nats.request(subject, "x") }
            await expectError(.invalidSubject) { try await nats.subscribe(subject) }
            await expectError(.invalidSubject) { try await nats.subscribe("ok", queueGroup: subject) }
            try await nats.flush()
        }
    }

    @Test("a subject may have any other characters", arguments: Backend.tested)
    func unusualSubjects(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            for subject in ["grüße.✓", "a.b-c_d$", String(repeating: "long.", count: 200) + "end"] {
                let subscription = try await nats.subscribe(subject)
                try await nats.publish(subject, "x")
                #expect(try await subscription.required().subject == subject)
            }
        }
    }

    @Test("a subject that is longer than the server's control line is refused here", arguments: Backend.tested)
    func longSubject(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subject = String(repeating: "x", count: 4_200)
            await expectError(.invalidSubject) { try await nats.publish(subject, "x") }
            await expectError(.invalidSubject) { try await nats.publish("a", "x", reply: subject) }
            try await nats.flush()
            #expect(nats.statistics.reconnects == 0)
        }
    }

    @Test("after close every publish is refused; after drain, too", arguments: Backend.tested)
    func closed(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let closed = try await bench.connect()
            let drained = try await bench.connect()
            let publishers = (try closed.publisher(for: "a"), try drained.publisher(for: "a"))
            await closed.close()
            #expect(try await drained.drain() == .complete)
            for (nats, publisher) in [(closed, publishers.0), (drained, publishers.1)] {
                await expectError(.connectionClosed) { try await nats.publish("a", "x") }
                await expectError(.connectionClosed) { try nats.outbound.publish("a", "x") }
                await expectError(.connectionClosed) { try publisher.publish("x") }
                #expect(nats.statistics.publishesAccepted == 0)
            }
        }
    }
}
