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

    /// Adds vectors over everything from `offset` on, as many as there is room for.
    func appendVectors(from offset: Int, to vectors: inout SendVectors) {
        var skipped = offset
        var position = 0
        for external in externals {
            guard appendBuffered(position..<external.position, skipping: &skipped, to: &vectors),
                appendPayload(external.payload, skipping: &skipped, to: &vectors)
            else { return }
            position = external.position
        }
        _ = appendBuffered(position..<buffer.count, skipping: &skipped, to: &vectors)
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
