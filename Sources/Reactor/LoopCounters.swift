internal import Synchronization

/// A figure that the loop's thread writes and any thread reads. One writer, so that a load and a store are an exact addition,
/// without a locked instruction.
struct LoopCounter: ~Copyable, Sendable {
    private let word = Atomic<UInt64>(0)

    var value: UInt64 { word.load(ordering: .relaxed) }

    @inline(__always)
    func add(_ amount: Int = 1) { set(value &+ UInt64(truncatingIfNeeded: amount)) }

    @inline(__always)
    func set(_ value: UInt64) { word.store(value, ordering: .relaxed) }
}

/// The figures of a loop, written where things happen: nothing has to be published once per turn. See `ReactorStatistics`.
final class LoopCounters: Sendable {
    let turns = LoopCounter()
    let waits = LoopCounter()
    let wakeups = LoopCounter()
    let systemCalls = LoopCounter()
    let busyPolls = LoopCounter()
    let bytesReceived = LoopCounter()
    let bytesSent = LoopCounter()
    let receives = LoopCounter()
    let sends = LoopCounter()
    let shortSends = LoopCounter()
    let blockPoolMisses = LoopCounter()
    let bufferStarvations = LoopCounter()
    let blocksLent = LoopCounter()
    let openStreams = LoopCounter()
    let timers = LoopCounter()
    let timersFired = LoopCounter()
    let jobsRun = LoopCounter()
}

/// What a loop says about itself besides figures; changes at its start and at its end.
struct LoopAnnouncement {
    var backend: BackendReport?
    var pinningFailure: SystemError?
    var failure: SystemError?
}

extension ReactorStatistics {
    init(_ counters: LoopCounters, _ announcement: LoopAnnouncement, eventfdWrites: UInt64) {
        turns = counters.turns.value
        waits = counters.waits.value
        wakeups = counters.wakeups.value
        systemCalls = counters.systemCalls.value
        busyPolls = counters.busyPolls.value
        bytesReceived = counters.bytesReceived.value
        bytesSent = counters.bytesSent.value
        receives = counters.receives.value
        sends = counters.sends.value
        shortSends = counters.shortSends.value
        blockPoolMisses = counters.blockPoolMisses.value
        bufferStarvations = counters.bufferStarvations.value
        blocksLent = Int(clamping: counters.blocksLent.value)
        openStreams = Int(clamping: counters.openStreams.value)
        timers = Int(clamping: counters.timers.value)
        timersFired = counters.timersFired.value
        jobsRun = counters.jobsRun.value
        backend = announcement.backend
        pinningFailure = announcement.pinningFailure
        failure = announcement.failure
        self.eventfdWrites = eventfdWrites
    }
}
