// Memory-safety fence: vectors over the urgent frames.
//
// Invariant: `urgent` isn't mutated between `beginSend` and `didSend` or the stream's close.

import NATSProtocol
import Reactor

/// What the reactor is sending: urgent frames, then a buffer taken from the stage, with a cursor over both.
///
/// At most one send is in flight. Urgent frames (CONNECT, PONG, liveness PING, resubscription) go ahead of staged
/// ones, always at a frame boundary: a batch is only begun when the one before is written completely.
struct SendQueue: ~Copyable {
    /// Urgent frames for the next batch.
    private var urgentNext = ByteBuffer(minimumCapacity: 512)
    /// The batch in flight: urgent frames, then staged ones.
    private var urgent = ByteBuffer(minimumCapacity: 512)
    private var staged = StagedBytes()
    /// Bytes of the batch that the kernel has accepted.
    private var writtenBytes = 0
    /// Publishes in the batch.
    private(set) var publishes: UInt64 = 0
    private(set) var isSending = false

    init() {}

    var hasBatch: Bool { batchBytes > writtenBytes }
    var hasUrgent: Bool { !urgentNext.isEmpty }
    private var batchBytes: Int { urgent.count &+ staged.count }

    /// Bytes of the staged part of the batch that aren't written.
    var unwrittenStagedBytes: Int { staged.count &- writtenStagedBytes }

    /// Written bytes of the staged part of the batch.
    var writtenStagedBytes: Int { max(0, writtenBytes &- urgent.count) }

    mutating func appendUrgent(_ frames: Span<UInt8>) { urgentNext.append(frames) }

    /// Begins a batch: everything urgent, and what `fill` puts into the empty staged buffer, with its number of
    /// publishes.
    mutating func beginBatch(_ fill: (inout StagedBytes) -> UInt64) {
        urgent.removeAll()
        staged.removeAll()
        swap(&urgent, &urgentNext)
        writtenBytes = 0
        publishes = fill(&staged)
    }

    /// The unsent rest of the batch. Its memory stays until ``didSend(_:)`` or the stream's close.
    mutating func beginSend() -> SendVectors {
        isSending = true
        var vectors = SendVectors()
        let skippedUrgent = min(writtenBytes, urgent.count)
        unsafe urgent.withUnsafeBytes { bytes in
            _ = unsafe vectors.append(UnsafeRawBufferPointer(rebasing: bytes[skippedUrgent...]))
        }
        staged.appendVectors(from: writtenStagedBytes, to: &vectors)
        return vectors
    }

    /// The kernel took `count` bytes. True: the batch is written completely.
    mutating func didSend(_ count: Int) -> Bool {
        isSending = false
        writtenBytes &+= count
        return writtenBytes >= batchBytes
    }

    /// Returns what wasn't written to the stage, ahead of what waits there.
    func giveBack(to stage: inout OutboundStage, limitBytes: Int) -> (written: UInt64, discarded: UInt64) {
        stage.takeBack(staged, written: writtenStagedBytes, limitBytes: limitBytes)
    }

    /// The batch is written: its buffers are empty again.
    ///
    /// A batch without staged frames is a PING or a PONG of a connection that doesn't publish. The memory of both halves
    /// of the double buffer, which change places with every batch, is given back by two of them.
    mutating func finishBatch() {
        if staged.isEmpty { staged.releaseMemory() }
        urgent.removeAll()
        staged.removeAll()
        writtenBytes = 0
        publishes = 0
    }

    /// Forgets everything. Only when the kernel doesn't touch the memory any more.
    mutating func reset() {
        urgentNext.removeAll()
        urgent.removeAll()
        staged.removeAll()
        writtenBytes = 0
        publishes = 0
        isSending = false
    }
}
