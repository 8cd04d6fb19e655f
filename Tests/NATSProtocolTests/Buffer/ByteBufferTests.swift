import NATSProtocol
import Testing

@Suite("Byte buffer")
struct ByteBufferTests {
    private func expect(
        _ buffer: borrowing ByteBuffer, holds expected: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let (contents, count, capacity) = (buffer.bytes, buffer.count, buffer.capacity)
        #expect(contents == expected, sourceLocation: sourceLocation)
        #expect(count == expected.count, sourceLocation: sourceLocation)
        #expect(capacity >= count, sourceLocation: sourceLocation)
    }

    @Test("Appends keep their order across growth")
    func growth() {
        var buffer = ByteBuffer(minimumCapacity: 0)
        var expected: [UInt8] = []
        for round in 0..<2_000 {
            buffer.append(UInt8(truncatingIfNeeded: round))
            buffer.append("ab")
            buffer.append(contentsOf: [1, 2, 3])
            buffer.append(utf8: "ü")
            buffer.append([9, 8].span)
            buffer.append([UInt8]().span)
            buffer.appendLineEnd()
            expected += [UInt8(truncatingIfNeeded: round)] + bytes("ab") + [1, 2, 3] + bytes("ü") + [9, 8, 13, 10]
        }
        expect(buffer, holds: expected)
    }

    @Test("Emptying keeps the capacity or gives it back, as told")
    func emptying() {
        var buffer = ByteBuffer(minimumCapacity: 1_000)
        buffer.append("abc")
        buffer.removeAll()
        expect(buffer, holds: [])
        let kept = buffer.capacity
        buffer.removeAll(keepingCapacity: false)
        let returned = buffer.capacity
        #expect(kept == 1_000)
        #expect(returned < 1_000)
        buffer.append("abc")
        expect(buffer, holds: bytes("abc"))
    }

    @Test("Bytes leave at the front and at the back; too many means all")
    func removing() {
        var buffer = ByteBuffer()
        buffer.append("0123456789")
        buffer.removeFirst(3)
        expect(buffer, holds: bytes("3456789"))
        buffer.removeLast(2)
        expect(buffer, holds: bytes("34567"))
        buffer.removeFirst(-1)
        buffer.removeLast(-1)
        expect(buffer, holds: bytes("34567"))
        buffer.removeFirst(100)
        buffer.removeLast(100)
        expect(buffer, holds: [])
    }

    @Test("A buffer that was reserved doesn't move while it fills")
    func reserved() {
        var buffer = ByteBuffer(minimumCapacity: 0)
        buffer.reserve(500)
        let before = unsafe buffer.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        for _ in 0..<500 { buffer.append(1) }
        let after = unsafe buffer.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        #expect(before == after)
    }

    @Test("Two buffers swap their memory")
    func swapping() {
        var left = ByteBuffer()
        var right = ByteBuffer()
        left.append("left")
        right.append("right")
        swap(&left, &right)
        expect(left, holds: bytes("right"))
        expect(right, holds: bytes("left"))
    }
}
