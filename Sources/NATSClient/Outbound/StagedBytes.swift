// Memory-safety fence: vectors over staged bytes and over payloads that are sent from where they lie.
//
// Invariant: a vector points into `buffer`, or into the storage of an array that `externals` retains. Neither is
// mutated while a send is in flight: the send queue hands the same `StagedBytes` out until `didSend` or the stream's
// close, and a retained array is copied by whoever mutates it.

import NATSProtocol
import Reactor

/// Outbound frames: bytes in one buffer, with large payloads of callers between them, which are retained instead of
/// copied.
@safe
struct StagedBytes: ~Copyable {
    /// A payload that stands in front of the byte at `position` of the buffer.
    private struct External {
        let position: Int
        let payload: [UInt8]
    }

    /// The smallest payload that is worth a vector of its own: below, a copy is cheaper.
    static let externalPayloadMin = 16 * 1024
    private static let capacityKept = 1 << 20
    /// An idle connection has no more; the first burst grows it to what it needs.
    private static let capacityMin = 512
    private static let smallBatchesUntilShrink = 256

    var buffer = ByteBuffer(minimumCapacity: capacityMin)
    private var externals: [External] = []
    private(set) var externalBytes = 0
    private var smallBatches = 0

    init() {}

    init(_ buffer: consuming ByteBuffer) { self.buffer = buffer }

    var count: Int { buffer.count &+ externalBytes }
    var isEmpty: Bool { buffer.isEmpty }

    /// The payload follows what the buffer holds now.
    mutating func appendExternal(_ payload: [UInt8]) {
        externals.append(External(position: buffer.count, payload: payload))
        externalBytes &+= payload.count
    }

    /// Forgets everything. Memory that a burst has needed is given back when many small batches have followed.
    mutating func removeAll() {
        let isOversized = buffer.capacity > Self.capacityKept && buffer.count < Self.capacityKept / 4
        smallBatches = isOversized ? smallBatches &+ 1 : 0
        if smallBatches >= Self.smallBatchesUntilShrink {
            buffer.removeAll()
            releaseMemory()
        } else {
            buffer.removeAll()
        }
        externals.removeAll(keepingCapacity: true)
        externalBytes = 0
    }

    /// Gives all memory back. Only when it holds nothing.
    mutating func releaseMemory() {
        guard isEmpty, buffer.capacity > Self.capacityMin else { return }
        buffer = ByteBuffer(minimumCapacity: Self.capacityMin)
        externals = []
        smallBatches = 0
    }

    /// Adds vectors over everything from `offset` on, as many as there is room for. False: there was room for a part.
    ///
    /// - Parameter end: of the bytes to add; a frame boundary.
    func appendVectors(from offset: Int, upTo end: Int = .max, to vectors: inout SendVectors) -> Bool {
        var skipped = offset
        var position = 0
        var passed = 0
        for external in externals {
            // Frames from the boundary on belong to another call.
            guard passed &+ (external.position &- position) < end else { break }
            guard appendBuffered(position..<external.position, skipping: &skipped, to: &vectors),
                appendPayload(external.payload, skipping: &skipped, to: &vectors)
            else { return false }
            passed &+= external.position &- position &+ external.payload.count
            position = external.position
        }
        let last = min(buffer.count &- position, max(0, end &- passed))
        return appendBuffered(position..<(position &+ last), skipping: &skipped, to: &vectors)
    }

    /// The first frame boundary at or behind `offset`. Walks on from where the last call has stopped.
    func frameBoundary(atOrBehind offset: Int, _ cursor: inout FrameCursor) -> Int {
        while cursor.offset < offset {
            let external = cursor.externals < externals.count ? externals[cursor.externals] : nil
            let absent = external.map {
                OutboundFrameWalker.AbsentPayload(position: $0.position, count: $0.payload.count)
            }
            // These are whole frames of our encoder; were they not, nothing could go between them.
            guard case .frame(let frame) = cursor.walker.next(buffer.span, absent: absent) else { return count }
            cursor.offset &+= frame.range.count
            if let absent, absent.position < frame.range.upperBound {
                cursor.offset &+= absent.count
                cursor.externals &+= 1
            }
        }
        return cursor.offset
    }

    /// A frame boundary among the staged bytes.
    struct FrameCursor {
        fileprivate var walker = OutboundFrameWalker()
        fileprivate var externals = 0
        /// External payloads included.
        fileprivate(set) var offset = 0
    }

    /// False: there is no more room.
    private func appendBuffered(
        _ range: Range<Int>, skipping skipped: inout Int, to vectors: inout SendVectors
    ) -> Bool {
        let start = min(range.lowerBound &+ skipped, range.upperBound)
        skipped &-= start &- range.lowerBound
        return unsafe buffer.withUnsafeBytes { bytes in
            unsafe vectors.append(UnsafeRawBufferPointer(rebasing: bytes[start..<range.upperBound]))
        }
    }

    private func appendPayload(_ payload: [UInt8], skipping skipped: inout Int, to vectors: inout SendVectors) -> Bool {
        let start = min(skipped, payload.count)
        skipped &-= start
        return unsafe payload.withUnsafeBytes { bytes in
            unsafe vectors.append(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        }
    }

    /// The same frames in one piece. Copies when there are external payloads; only for lost connections.
    borrowing func withContiguousFrames<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        guard !externals.isEmpty else { return body(buffer.span) }
        var flat = ByteBuffer(minimumCapacity: count)
        var position = 0
        let span = buffer.span
        for external in externals {
            flat.append(span.extracting(position..<external.position))
            flat.append(external.payload.span)
            position = external.position
        }
        flat.append(span.extracting(position..<buffer.count))
        return body(flat.span)
    }
}
