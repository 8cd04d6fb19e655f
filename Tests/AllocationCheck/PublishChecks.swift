import NATSClient

/// Publishing costs no allocation, whatever form the payload has.
struct PublishChecks {
    let nats: NATSConnection
    private let repetitions = 10_000

    func run(_ measurement: inout Measurement) async throws {
        let bytes = [UInt8](repeating: 0x61, count: 128)
        let text = String(repeating: "a", count: 128)
        let headers: Headers = ["Trace": "0123456789", "Origin": "sensor-7", "Kind": "temperature"]
        let publisher = try nats.publisher(for: "check.prepared")
        try await check("publish [UInt8]", &measurement) { try publishNow { try nats.publish("check.bytes", bytes) } }
        try await check("publish String", &measurement) { try publishNow { try nats.publish("check.text", text) } }
        try await check("publish ArraySlice", &measurement) {
            try publishNow { try nats.publish("check.slice", bytes[8...]) }
        }
        try await check("publish Span", &measurement) {
            try publishNow { try nats.publish("check.span", bytes.span) }
        }
        try await check("publish RawSpan", &measurement) {
            try publishNow { try nats.publish("check.span", unsafe bytes.span.bytes) }
        }
        try await check("publish with headers and reply", &measurement) {
            try publishNow { try nats.publish("check.headers", bytes, headers: headers, reply: "check.reply") }
        }
        try await check("publish prepared", &measurement) { try publishNow { try publisher.publish(bytes) } }
        try await measurement.check("publish async", atMost: 0, repetitions: repetitions) { count in
            for _ in 0..<count { try await nats.publish("check.async", bytes) }
            try await nats.flush()
        }
    }

    /// The synchronous overload, although the caller is asynchronous.
    private func publishNow(_ body: () throws -> Void) throws { try body() }

    private func check(
        _ name: String, _ measurement: inout Measurement, _ publish: () throws -> Void
    ) async throws {
        try await measurement.check(name, atMost: 0, repetitions: repetitions) { count in
            for _ in 0..<count { try publish() }
            try await nats.flush()
        }
    }
}
