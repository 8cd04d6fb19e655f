/// One message of the demo: whose it is, its place in the order, and a checksum over every byte.
///
/// The payload is `sequence (8 bytes), subject (4), checksum (4), filler`, little endian.
struct Reading {
    let subject: Int
    let sequence: Int

    static let headerBytes = 16

    /// A payload to be filled by `write`; the filler differs from byte to byte.
    static func makeBuffer(bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
    }

    /// Writes this reading into a payload made by `makeBuffer`.
    func write(into payload: inout [UInt8]) {
        for index in 0..<8 { payload[index] = UInt8(truncatingIfNeeded: sequence >> (8 * index)) }
        for index in 0..<4 { payload[8 + index] = UInt8(truncatingIfNeeded: subject >> (8 * index)) }
        // Somewhere in the filler, so that no two payloads have the same.
        if payload.count > Self.headerBytes { payload[payload.count - 1] = UInt8(truncatingIfNeeded: sequence &* 17) }
        let checksum = Self.checksum(of: payload.span)
        for index in 0..<4 { payload[12 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index)) }
    }

    /// What a message says, or `nil` when a byte of it is wrong or it came on the wrong subject.
    static func verified(subject: Span<UInt8>, payload: Span<UInt8>, expectedBytes: Int) -> Reading? {
        guard payload.count == expectedBytes, expectedBytes >= headerBytes else { return nil }
        let stored = UInt32(truncatingIfNeeded: integer(payload, at: 12, count: 4))
        let reading = Reading(
            subject: integer(payload, at: 8, count: 4), sequence: integer(payload, at: 0, count: 8))
        guard checksum(of: payload) == stored, Workload.index(ofSubject: subject) == reading.subject else { return nil }
        return reading
    }

    /// Each byte counts by its place, so that changed and swapped bytes are found. The checksum's own bytes don't count.
    private static func checksum(of payload: Span<UInt8>) -> UInt32 {
        var sum: UInt32 = 0
        for index in payload.indices {
            sum &+= UInt32(payload[index]) &* (UInt32(truncatingIfNeeded: index) &* 2 &+ 1)
        }
        for index in 12..<16 { sum &-= UInt32(payload[index]) &* (UInt32(truncatingIfNeeded: index) &* 2 &+ 1) }
        return sum
    }

    private static func integer(_ bytes: Span<UInt8>, at start: Int, count: Int) -> Int {
        var value = 0
        for index in 0..<count { value |= Int(bytes[start + index]) << (8 * index) }
        return value
    }
}
