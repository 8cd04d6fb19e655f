import Testing

@testable import NATSProtocol

/// The short forms of a publish write what the general form writes, wherever the buffer has to grow.
@Suite("Short publishes")
struct ShortPublishTests {
    private static let written = bytes("PUB written before 3\r\nabc\r\n")
    private static let payloadCounts = Array(0...70) + [9_998, 9_999]

    /// A buffer that holds `written` and has room for exactly `room` bytes more.
    private static func buffer(room: Int) -> ByteBuffer {
        var buffer = ByteBuffer(minimumCapacity: written.count + room)
        buffer.append(written.span)
        return buffer
    }

    private static func payload(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    }

    private static func subject(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(0x30 + $0 % 70) }
    }

    @Test("The room is as told")
    func room() {
        for room in 0...40 {
            let buffer = Self.buffer(room: room)
            #expect(buffer.capacity - buffer.count == room)
        }
    }

    @Test("Every subject and payload gives the same bytes, with no room or little", arguments: 1...70)
    func sameBytes(subjectCount: Int) {
        let subject = Self.subject(subjectCount)
        let prefix = PublishPrefix(subject: String(decoding: subject, as: UTF8.self))
        for payloadCount in Self.payloadCounts {
            let payload = Self.payload(payloadCount)
            let expected = Self.published(subject, payload)
            // Up to 40 bytes are never enough. As many as the frame has are not either; 32 more are.
            let size = expected.count - Self.written.count
            let isAtAnEdge = subjectCount % 16 < 2 || payloadCount % 16 < 2
            let rooms = Array(0...40) + (isAtAnEdge ? Array(size...size + 40) : [])
            for room in rooms {
                var bySubject = Self.buffer(room: room)
                var byPrefix = Self.buffer(room: room)
                let isSound = FrameEncoder.publishShort(
                    subject: subject.span, payload: payload.span, into: &bySubject)
                FrameEncoder.publishShort(prefix: prefix, payload: payload.span, into: &byPrefix)
                let agree =
                    isSound && [UInt8](copying: bySubject.span) == expected
                    && [UInt8](copying: byPrefix.span) == expected
                #expect(agree, "subject of \(subjectCount), payload of \(payloadCount), room of \(room)")
            }
        }
    }

    /// What was written before and the frame of the general form, which is the frame of the grammar.
    private static func published(_ subject: [UInt8], _ payload: [UInt8]) -> [UInt8] {
        var general = buffer(room: 1_000)
        FrameEncoder.publish(subject: subject.span, reply: Span<UInt8>(), payload: payload.span, into: &general)
        let line = "PUB \(String(decoding: subject, as: UTF8.self)) \(payload.count)\r\n"
        let expected = written + bytes(line) + payload + [0x0D, 0x0A]
        #expect([UInt8](copying: general.span) == expected)
        return expected
    }

    @Test("A subject with a blank anywhere is refused and leaves the buffer as it was", arguments: 1...70)
    func refused(subjectCount: Int) {
        let sound = Self.subject(subjectCount)
        let payload = Self.payload(20)
        let expected = Self.published(sound, payload)
        for (place, room) in sound.indices.flatMap({ place in [0, 9, 31, 40, 200].map { (place, $0) } }) {
            for blank in [UInt8(0), 0x09, 0x0A, 0x0D, 0x20] {
                var subject = sound
                subject[place] = blank
                var buffer = Self.buffer(room: room)
                let isSound = FrameEncoder.publishShort(subject: subject.span, payload: payload.span, into: &buffer)
                let isUnchanged = buffer.count == Self.written.count && [UInt8](copying: buffer.span) == Self.written
                #expect(!isSound && isUnchanged, "\(blank) at \(place), room of \(room)")
                // What follows stands where the refused frame would have stood.
                let isNextSound = FrameEncoder.publishShort(subject: sound.span, payload: payload.span, into: &buffer)
                #expect(isNextSound && [UInt8](copying: buffer.span) == expected)
            }
        }
    }
}
