/// Who publishes what: the messages are spread evenly over the subjects, the subjects over the producers.
struct Workload: Sendable {
    let messageCount: Int
    let payloadBytes: Int
    let subjectCount = 8
    let producerCount = 4

    static let pattern = "sensors.*.temperature"

    func subject(_ index: Int) -> String { "sensors.\(index).temperature" }

    /// The subjects of one producer. Each subject has one producer, so that it has one order.
    func subjects(ofProducer producer: Int) -> [Int] {
        Array(stride(from: producer, to: subjectCount, by: producerCount))
    }

    /// Messages of one subject; their sequence numbers count from 0.
    func messageCount(ofSubject index: Int) -> Int {
        messageCount / subjectCount + (index < messageCount % subjectCount ? 1 : 0)
    }

    /// The index in a subject as it was received, `nil` when it isn't one of ours.
    static func index(ofSubject bytes: Span<UInt8>) -> Int? {
        let start = "sensors.".utf8.count
        guard bytes.count > start else { return nil }
        var index = 0
        var position = start
        while position < bytes.count, bytes[position] != UInt8(ascii: ".") {
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[position], index < 1_000 else { return nil }
            index = index * 10 + Int(bytes[position] - UInt8(ascii: "0"))
            position += 1
        }
        return position > start ? index : nil
    }
}
