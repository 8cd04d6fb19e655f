// Memory-safety fence: vectors over the urgent frames.
//
// Invariant: `urgent` isn't mutated between `beginSend` and `didSend` or the stream's close.

import NATSProtocol
import Reactor

/// What the reactor is sending: urgent frames, and a buffer taken from the stage, with a cursor over both.
///
/// At most one send is in flight. Urgent frames (CONNECT, liveness PING, resubscription) go ahead of staged ones, and
/// wait for the batch under way: the ledger of PINGs counts on that. A PONG confirms nothing of ours, so it doesn't
/// wait: it goes into the batch under way, at the next frame boundary.
struct SendQueue: ~Copyable {
    /// Urgent frames for the next batch.
    private var urgentNext = ByteBuffer(minimumCapacity: 512)
    /// PONGs that aren't under way yet.
    private var pongCount = 0
    /// The batch in flight: staged frames, and urgent ones between them.
    private var urgent = ByteBuffer(minimumCapacity: 512)
    private var staged = StagedBytes()
    /// Where the urgent frames go: that many staged bytes are before them.
    private var urgentPosition = 0
    private var cursor = StagedBytes.FrameCursor()
    /// Bytes of the batch that the kernel has accepted.
    private var writtenBytes = 0
    /// Publishes in the batch.
    private(set) var publishes: UInt64 = 0
    private(set) var isSending = false

    init() {}

    var hasBatch: Bool { batchBytes > writtenBytes }
    /// Something of the batch isn't written, or the kernel hasn't said yet that it is.
    var isUnderWay: Bool { isSending || hasBatch }
    var hasUrgent: Bool { !urgentNext.isEmpty || pongCount > 0 }
    private var batchBytes: Int { urgent.count &+ staged.count }

    /// Bytes of the staged part of the batch that aren't written.
    var unwrittenStagedBytes: Int { staged.count &- writtenStagedBytes }

    /// Written bytes of the staged part of the batch.
    var writtenStagedBytes: Int {
        writtenBytes <= urgentPosition ? writtenBytes : max(urgentPosition, writtenBytes &- urgent.count)
    }

    private var writtenUrgentBytes: Int { writtenBytes &- writtenStagedBytes }

    /// Memory that is held for staged bytes.
    var stagedCapacity: Int { staged.buffer.capacity }

    mutating func appendUrgent(_ frames: Span<UInt8>) { urgentNext.append(frames) }

    /// False: the peer asks, and doesn't read the answers.
    mutating func appendPong() -> Bool {
        guard pongCount < ClientDefaults.unsentPongsMax else { return false }
        pongCount &+= 1
        return true
    }

    /// Begins a batch: everything urgent, and what `fill` puts into the empty staged buffer, with its number of
    /// publishes.
    mutating func beginBatch(_ fill: (inout StagedBytes) -> UInt64) {
        finishBatch()
        swap(&urgent, &urgentNext)
        takePongs()
        publishes = fill(&staged)
    }

    /// Puts the PONGs that have been asked for meanwhile into the batch that is partly written, at the next frame
    /// boundary. Not while a send is in flight.
    mutating func insertPongs() {
        guard pongCount > 0, !isSending, writtenUrgentBytes == urgent.count else { return }
        // The urgent frames are out; the cursor goes on over staged bytes alone.
        writtenBytes = writtenStagedBytes
        urgent.removeAll()
        urgentPosition = staged.frameBoundary(atOrBehind: writtenBytes, &cursor)
        takePongs()
    }

    private mutating func takePongs() {
        for _ in 0..<pongCount { FrameEncoder.pong(into: &urgent) }
        pongCount = 0
    }

    /// The unsent rest of the batch, as much as fits one send. Its memory stays until ``didSend(_:)`` or the stream's
    /// close.
    mutating func beginSend() -> SendVectors {
        isSending = true
        var vectors = SendVectors()
        let writtenStaged = writtenStagedBytes
        let writtenUrgent = writtenUrgentBytes
        if writtenStaged < urgentPosition {
            guard staged.appendVectors(from: writtenStaged, upTo: urgentPosition, to: &vectors) else { return vectors }
        }
        let hasRoom = unsafe urgent.withUnsafeBytes { bytes in
            unsafe vectors.append(UnsafeRawBufferPointer(rebasing: bytes[writtenUrgent...]))
        }
        guard hasRoom else { return vectors }
        _ = staged.appendVectors(from: max(writtenStaged, urgentPosition), to: &vectors)
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
        if staged.isEmpty, !urgent.isEmpty { staged.releaseMemory() }
        urgent.removeAll()
        staged.removeAll()
        urgentPosition = 0
        cursor = StagedBytes.FrameCursor()
        writtenBytes = 0
        publishes = 0
    }

    /// Forgets everything. Only when the kernel doesn't touch the memory any more.
    mutating func reset() {
        urgentNext.removeAll()
        pongCount = 0
        finishBatch()
        isSending = false
    }
}
