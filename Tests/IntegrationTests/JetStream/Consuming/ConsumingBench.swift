import NATSClient
import NATSStores
import TestSupport
import Testing

extension JetStream {
    /// A stream in memory that holds the messages "1" to `count`, on `<name>.<number>`.
    func filledStream(
        _ count: Int, named name: String = "EVENTS", payloadBytes: Int? = nil,
        _ change: (inout StreamConfiguration) -> Void = { $0.storage = .memory }
    ) async throws -> JetStream.Stream {
        var configuration = StreamConfiguration(name: name, subjects: ["\(name.lowercased()).>"])
        change(&configuration)
        let stream = try await createStream(configuration)
        try await fill(name, 1...max(1, count), unless: count == 0, payloadBytes: payloadBytes)
        return stream
    }

    /// Publishes numbered messages; the stream has them when this returns.
    func fill(_ name: String, _ numbers: ClosedRange<Int>, unless isEmpty: Bool = false, payloadBytes: Int? = nil) async throws {
        guard !isEmpty else { return }
        for number in numbers.dropLast() {
            try await connection.publish("\(name.lowercased()).\(number)", payload(number, payloadBytes))
        }
        // What one connection sends is stored in order.
        let last = numbers.upperBound
        _ = try await connection.request("\(name.lowercased()).\(last)", payload(last, payloadBytes))
    }

    private func payload(_ number: Int, _ bytes: Int?) -> [UInt8] {
        let text = Array("\(number)".utf8)
        return text + [UInt8](repeating: UInt8(ascii: " "), count: max(0, (bytes ?? 0) - text.count))
    }
}

extension Message {
    /// The number that ``JetStream/filledStream(_:named:payloadBytes:_:)`` has given it.
    var number: Int { Int(string.prefix { $0.isNumber }) ?? -1 }
}

extension ConsumerMessages {
    /// The numbers of the next messages, each acknowledged.
    func acknowledgedNumbers(_ count: Int) async throws -> [Int] {
        var numbers: [Int] = []
        while numbers.count < count, let message = try await next() {
            numbers.append(message.number)
            try message.ack()
        }
        return numbers
    }
}

extension JetStream.Consumer {
    /// Waits until the server has seen everything up to a message acknowledged.
    func awaitFloor(_ sequence: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually("the floor is at \(sequence)", sourceLocation: sourceLocation) {
            try await info().acknowledgementFloor.stream == UInt64(sequence)
        }
    }
}
