// Memory-safety fence: vectors over bytes of our own, and copies of the owner's.
//
// Invariant: `sending` isn't mutated between `beginSend` and `didSend`, `sendWasRefused` or the stream's close, while the kernel
// reads it; what is new goes into `waiting`. The owner's pieces are read during the call only.

import NATSProtocol
import Reactor

/// Bytes that a transport itself sends: the words of its handshakes, and the frames of a WebSocket. A double buffer, since more may
/// be added while the kernel reads.
///
/// Knows where the owner's bytes stand among them, so that their account stays exact wherever the connection is cut.
struct WireOutput: ~Copyable {
    /// What comes next. Whole frames only.
    var waiting = ByteBuffer(minimumCapacity: 0)
    private var sending = ByteBuffer(minimumCapacity: 0)
    /// Bytes of `sending` that the kernel has taken.
    private var sentOfBuffer = 0
    private(set) var isSending = false
    /// Bytes of buffers that were sent whole.
    private var sentTotal: UInt64 = 0
    /// The owner's bytes that are under way.
    private var data: OwnersBytes?

    private struct OwnersBytes {
        let count: Int
        /// Where they stand on the wire.
        let range: Range<UInt64>
        /// The peer can read all of them or none.
        let isCompressed: Bool
    }

    /// An idle connection keeps no more.
    private static let idleCapacityMax = 4096

    var waitingCount: Int { waiting.count }
    var hasData: Bool { data != nil }
    /// Whether bytes wait that can't be handed over before the kernel says how far it is with others.
    var isHeldUp: Bool { isSending && !waiting.isEmpty }

    /// Notes that the last `count` bytes that were added are the owner's.
    mutating func noteData(_ count: Int) { noteData(count, onWire: count, isCompressed: false) }

    /// Notes that the last `wireCount` bytes that were added are `count` bytes of the owner, compressed.
    mutating func noteCompressedData(_ count: Int, onWire wireCount: Int) {
        noteData(count, onWire: wireCount, isCompressed: true)
    }

    private mutating func noteData(_ count: Int, onWire wireCount: Int, isCompressed: Bool) {
        let end = sentTotal &+ UInt64(sending.count &+ waiting.count)
        data = OwnersBytes(count: count, range: end &- UInt64(wireCount)..<end, isCompressed: isCompressed)
    }

    /// Adds the front of the pieces, at most `count` bytes.
    mutating func append(_ pieces: borrowing SendVectors, count: Int) {
        var rest = count
        waiting.reserve(count)
        for index in 0..<pieces.count where rest > 0 {
            let piece = unsafe pieces[index]
            let part = unsafe UnsafeRawBufferPointer(rebasing: piece[..<min(rest, piece.count)])
            let bytes = unsafe part.assumingMemoryBound(to: UInt8.self)
            waiting.append(unsafe Span(_unsafeElements: bytes))
            rest &-= part.count
        }
    }

    /// What to send now; nil when a send is in flight, or there is nothing.
    mutating func beginSend() -> SendVectors? {
        guard !isSending else { return nil }
        if sentOfBuffer == sending.count { takeWaiting() }
        guard !sending.isEmpty else { return nil }
        isSending = true
        return unsafe sending.withUnsafeBytes { bytes in
            unsafe SendVectors(UnsafeRawBufferPointer(rebasing: bytes[sentOfBuffer...]))
        }
    }

    private mutating func takeWaiting() {
        let isIdle = sending.count < Self.idleCapacityMax
        sentTotal &+= UInt64(sending.count)
        sentOfBuffer = 0
        sending.removeAll(keepingCapacity: !isIdle || sending.capacity <= Self.idleCapacityMax)
        swap(&sending, &waiting)
    }

    mutating func didSend(_ count: Int) {
        isSending = false
        sentOfBuffer &+= count
    }

    mutating func sendWasRefused() { isSending = false }

    /// How many bytes the owner gave, once they are all sent.
    mutating func takeFinishedData() -> Int? {
        guard let data, sentPosition >= data.range.upperBound else { return nil }
        self.data = nil
        return data.count
    }

    /// How many bytes of the owner went before the end. A compressed message that is cut counts for nothing: the server begins to
    /// read one when it is whole (`wsDecompressAndParse` in `server/websocket.go`).
    mutating func takeUnfinishedData() -> Int? {
        guard let data = data.take(), sentPosition > data.range.lowerBound else { return nil }
        if sentPosition >= data.range.upperBound { return data.count }
        return data.isCompressed ? nil : Int(sentPosition &- data.range.lowerBound)
    }

    private var sentPosition: UInt64 { sentTotal &+ UInt64(sentOfBuffer) }
}
