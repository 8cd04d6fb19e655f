#if WebSocketCompression
import Reactor
import TestSupport
import Testing

private struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// Compresses and restores whole messages, in pieces.
private enum Deflated {
    static func message(_ bytes: [UInt8], _ deflater: inout Deflater, pieceSize: Int = .max) throws -> [UInt8] {
        let room = deflater.outputByteCountMax(for: bytes.count)
        return try [UInt8](capacity: room) { output in
            var start = 0
            while start < bytes.count {
                let end = start + min(pieceSize, bytes.count - start)
                try deflater.add(bytes.span.extracting(start..<end), to: &output)
                start = end
            }
            try deflater.endMessage(in: &output)
        }
    }

    static func message(_ bytes: [UInt8]) throws -> [UInt8] {
        var deflater = try Deflater()
        return try message(bytes, &deflater)
    }
}

private struct Inflated {
    var bytes: [UInt8] = []
    var error: CompressionError?
    var callCount = 0

    init(_ message: [UInt8], pieceSize: Int = .max, room: Int = 4096, limit: Int = 1 << 20) throws {
        var inflater = try Inflater(messageByteCountMax: limit)
        add(message, &inflater, pieceSize: pieceSize, room: room)
    }

    init(_ message: [UInt8], _ inflater: inout Inflater) {
        add(message, &inflater, pieceSize: .max, room: 4096)
    }

    private mutating func add(_ message: [UInt8], _ inflater: inout Inflater, pieceSize: Int, room: Int) {
        var start = 0
        repeat {
            let end = start + min(pieceSize, message.count - start)
            var isDone = false
            while !isDone {
                do throws(CompressionError) {
                    var progress = Inflater.Progress()
                    bytes += try [UInt8](capacity: room) { output throws(CompressionError) in
                        let input = message.span.extracting(start..<end)
                        progress = try inflater.inflate(input, endsMessage: end == message.count, into: &output)
                    }
                    callCount += 1
                    start += progress.consumed
                    isDone = progress.isDone
                } catch {
                    self.error = error
                    return
                }
            }
        } while start < message.count
    }
}

@Suite struct DeflateTests {
    static let text = Array(String(repeating: "MSG sensors.hall.temperature 1 4\r\n21.5\r\n", count: 500).utf8)
    /// Bytes that can't be compressed.
    static let noise: [UInt8] = {
        var random = SplitMix64(seed: 7)
        return (0..<70_000).map { _ in UInt8(truncatingIfNeeded: random.next() >> 40) }
    }()

    @Test(arguments: [[], [0x61], Array("PING\r\n".utf8), text, noise, [UInt8](repeating: 0, count: 1 << 20)])
    func whatWasCompressedIsRestored(bytes: [UInt8]) throws {
        let message = try Deflated.message(bytes)
        #expect(try Inflated(message).bytes == bytes)
    }

    /// RFC 7692 section 7.2.3: the message "Hello", by every kind of block.
    @Test(arguments: [
        [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00],
        [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00],
        [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00],
        [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00],
        // A final block without the byte that must follow it.
        [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00],
    ])
    func messagesOfTheRFC(message: [UInt8]) throws {
        for pieceSize in 1...message.count {
            let inflated = try Inflated(message, pieceSize: pieceSize)
            #expect(inflated.error == nil && inflated.bytes == Array("Hello".utf8), "in pieces of \(pieceSize)")
        }
    }

    /// RFC 7692 section 7.2.3.6: an empty message is one byte; none at all is no message.
    @Test func anEmptyMessageIsOneByte() throws {
        #expect(try Deflated.message([]) == [0x00])
        let inflated = try Inflated([0x00])
        #expect(inflated.error == nil && inflated.bytes.isEmpty)
        #expect(try Inflated([]).error == .invalidData)
    }

    @Test(arguments: [text, noise])
    func piecesAndRoomDontMatter(bytes: [UInt8]) throws {
        var deflater = try Deflater()
        let message = try Deflated.message(bytes, &deflater, pieceSize: 1000)
        for (pieceSize, room) in [(1, 4096), (13, 1), (4096, 17), (.max, 1 << 20)] {
            let inflated = try Inflated(message, pieceSize: pieceSize, room: room)
            #expect(inflated.error == nil)
            #expect(inflated.bytes == bytes, "pieces of \(pieceSize), room for \(room)")
        }
    }

    /// Without context takeover the same message is always the same bytes, and can be restored alone.
    @Test func messagesDontDependOnEarlierOnes() throws {
        var deflater = try Deflater()
        let messages = try (0..<3).map { _ in try Deflated.message(Self.text, &deflater) }
        #expect(messages[0] == messages[1] && messages[1] == messages[2])
        var inflater = try Inflater(messageByteCountMax: Self.text.count)
        for message in messages { #expect(Inflated(message, &inflater).bytes == Self.text) }
    }

    @Test func theRoomThatIsAskedForIsEnough() throws {
        var deflater = try Deflater()
        for count in Array(0..<200) + [4095, 4096, 16_383, 16_384, 65_535, 65_536, 70_000] {
            let bytes = Array(Self.noise.prefix(count))
            #expect(try Inflated(Deflated.message(bytes, &deflater)).bytes == bytes)
        }
    }

    @Test func tooLittleRoomIsAnErrorAndTheNextMessageIsSound() throws {
        var deflater = try Deflater()
        #expect(throws: CompressionError.outputTooSmall) {
            _ = try [UInt8](capacity: 100) { output in
                try deflater.add(Self.noise.span, to: &output)
                try deflater.endMessage(in: &output)
            }
        }
        #expect(try Inflated(Deflated.message(Self.text, &deflater)).bytes == Self.text)
    }
}

@Suite struct InflaterDefectTests {
    @Test func aMessageThatEndsEarlyIsAnError() throws {
        let message = try Deflated.message(DeflateTests.text)
        for count in 1..<message.count {
            #expect(try Inflated(Array(message.prefix(count))).error == .invalidData, "\(count) bytes")
        }
    }

    @Test(arguments: [
        // A block of the reserved kind; a stored block with a wrong length; a distance before the beginning.
        [0x06], [0x00, 0x05, 0x00, 0x00, 0x00, 0x61], [0x02, 0x04],
    ])
    func nonsenseIsAnErrorForEver(message: [UInt8]) throws {
        var inflater = try Inflater(messageByteCountMax: 1 << 20)
        #expect(Inflated(message, &inflater).error == .invalidData)
        let sound = try Deflated.message(DeflateTests.text)
        #expect(Inflated(sound, &inflater).error == .invalidData)
    }

    /// Whatever is done to a message, it ends: with bytes within the limit, or with an error.
    @Test func anyBytesGiveBytesOrAnError() throws {
        var random = SplitMix64(seed: 11)
        let sound = try Deflated.message(DeflateTests.text)
        for round in 0..<3000 {
            var message = round.isMultiple(of: 3) ? [] : sound
            if message.isEmpty {
                message = (0..<Int(random.next() % 64)).map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) }
            }
            for _ in 0..<Int(random.next() % 4) where !message.isEmpty {
                message[Int(random.next() % UInt64(message.count))] ^= UInt8(truncatingIfNeeded: random.next() | 1)
            }
            let pieceSize = 1 + Int(random.next() % 100)
            let limit = 100_000
            let inflated = try Inflated(message, pieceSize: pieceSize, room: 512, limit: limit)
            #expect(inflated.bytes.count <= limit)
            if let error = inflated.error {
                #expect(error == .invalidData || error == .messageTooLarge(byteCountMax: limit))
            }
        }
    }

    /// A kilobyte that would become a megabyte: it never gets more than the room that the caller gave, and one step beyond the
    /// limit.
    @Test func aBombIsAnErrorBeforeItsMemoryIsSpent() throws {
        let bomb = try Deflated.message([UInt8](repeating: 0x20, count: 8 << 20))
        #expect(bomb.count < 64 << 10)
        let inflated = try Inflated(bomb, room: 4096, limit: 1 << 20)
        #expect(inflated.error == .messageTooLarge(byteCountMax: 1 << 20))
        #expect(inflated.bytes.count <= 1 << 20 && inflated.callCount <= (1 << 20) / 4096)
    }

    /// Empty final blocks cost input, so they end.
    @Test func finalBlocksWithoutContentEnd() throws {
        let message = (0..<10_000).flatMap { _ -> [UInt8] in [0x03, 0x00] }
        let inflated = try Inflated(message)
        #expect(inflated.error == nil && inflated.bytes.isEmpty)
    }

    @Test func theLimitItselfIsAllowed() throws {
        let message = try Deflated.message(DeflateTests.text)
        let count = DeflateTests.text.count
        #expect(try Inflated(message, limit: count).error == nil)
        #expect(try Inflated(message, limit: count - 1).error == .messageTooLarge(byteCountMax: count - 1))
    }
}
#endif
