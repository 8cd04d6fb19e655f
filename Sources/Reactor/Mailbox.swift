// What other threads hand to a loop. Unsafe invariant: `state` points to one `State` that lives as long as the mailbox and is
// touched only while `lock` is held.
internal import CReactor
internal import Synchronization

/// Work for the loop's thread.
typealias Work = @Sendable (borrowing OnReactor) -> Void

/// Closures, executor jobs and turn handlers for a loop, in first-in first-out lists that loop and producers swap.
///
/// Sendable although unchecked: everything mutable is behind `lock`, and references are published with
/// `publishAndUnlock`. Producers write to the eventfd only if the loop announced that it sleeps: one write per
/// idle→busy edge, none while it is busy.
@safe final class Mailbox: @unchecked Sendable {
    /// One side of the double buffer.
    struct Contents {
        var work: [Work] = []
        var jobs: [TaggedJob] = []
        var turnHandlers: [any TurnHandler] = []
        var isStopRequested = false

        /// Keeps the storage of what was in use.
        mutating func removeAll() {
            if !work.isEmpty { work.removeAll(keepingCapacity: true) }
            if !jobs.isEmpty { jobs.removeAll(keepingCapacity: true) }
            if !turnHandlers.isEmpty { turnHandlers.removeAll(keepingCapacity: true) }
            isStopRequested = false
        }

        var isEmpty: Bool { work.isEmpty && jobs.isEmpty && turnHandlers.isEmpty && !isStopRequested }
    }

    private struct State: ~Copyable {
        var contents = Contents()
        /// The loop sleeps or is about to, and nobody has woken it yet.
        var needsWake = false
        var isClosed = false
        /// -1 before the start and after the end.
        var wakeDescriptor: Int32 = -1
    }

    private let lock = FastLock()
    private let state: UnsafeMutablePointer<State>
    /// True while there may be something: lets busy polling look without the lock.
    private let hint = Atomic<Bool>(false)
    /// Threads between taking `needsWake` and having written to the eventfd.
    private let signallers = Atomic<Int>(0)
    private let writes = Atomic<UInt64>(0)

    init() {
        unsafe state = UnsafeMutablePointer<State>.allocate(capacity: 1)
        unsafe state.initialize(to: State())
    }

    deinit {
        unsafe state.deinitialize(count: 1)
        unsafe state.deallocate()
    }

    /// Writes to the eventfd so far.
    var eventfdWrites: UInt64 { writes.load(ordering: .relaxed) }

    // MARK: Producers, any thread. False: the loop has ended and takes nothing any more.

    @inline(never)
    func post(_ work: @escaping Work) -> Bool {
        lock.lock()
        guard unsafe !state.pointee.isClosed else { return refuse() }
        unsafe state.pointee.contents.work.append(work)
        unlockAndWake()
        return true
    }

    @inline(never)
    func post(_ job: TaggedJob) -> Bool {
        lock.lock()
        guard unsafe !state.pointee.isClosed else { return refuse() }
        unsafe state.pointee.contents.jobs.append(job)
        unlockAndWake()
        return true
    }

    @inline(never)
    func post(_ handler: any TurnHandler) -> Bool {
        lock.lock()
        guard unsafe !state.pointee.isClosed else { return refuse() }
        unsafe state.pointee.contents.turnHandlers.append(handler)
        unlockAndWake()
        return true
    }

    func postStop() {
        lock.lock()
        guard unsafe !state.pointee.isClosed else { return _ = refuse() }
        unsafe state.pointee.contents.isStopRequested = true
        unlockAndWake()
    }

    private func refuse() -> Bool {
        lock.unlock()
        return false
    }

    private func unlockAndWake() {
        let mustWake = unsafe state.pointee.needsWake
        let descriptor = unsafe state.pointee.wakeDescriptor
        unsafe state.pointee.needsWake = false
        hint.store(true, ordering: .relaxed)
        if mustWake { signallers.add(1, ordering: .relaxed) }
        lock.publishAndUnlock()
        guard mustWake else { return }
        _ = creactor_eventfd_signal(descriptor)
        writes.add(1, ordering: .relaxed)
        signallers.subtract(1, ordering: .releasing)
    }

    // MARK: The loop's side

    /// Makes the eventfd; called before the thread starts.
    func open() throws(SystemError) -> Int32 {
        let descriptor = try Socket.check("eventfd", creactor_eventfd())
        lock.lock()
        unsafe state.pointee.wakeDescriptor = descriptor
        lock.unlock()
        return descriptor
    }

    var mayHaveContents: Bool { hint.load(ordering: .relaxed) }

    /// Exchanges what was posted for `other`, which must be empty.
    @inline(never)
    func exchange(_ other: inout Contents) {
        lock.lock()
        unsafe state.pointee.needsWake = false
        hint.store(false, ordering: .relaxed)
        unsafe swap(&state.pointee.contents, &other)
        lock.publishAndUnlock()
    }

    /// Announces that the loop is going to sleep; false when there is something to do.
    func announceSleep() -> Bool {
        lock.lock()
        defer { lock.unlock() }
        guard unsafe state.pointee.contents.isEmpty else { return false }
        unsafe state.pointee.needsWake = true
        return true
    }

    /// Refuses everything from now on, unless something is waiting: then false. Even then, an empty mailbox is final.
    func closeIfEmpty() -> Bool {
        lock.lock()
        defer { lock.unlock() }
        guard unsafe state.pointee.contents.isEmpty else { return false }
        unsafe state.pointee.isClosed = true
        unsafe state.pointee.needsWake = false
        return true
    }

    /// Closes the eventfd. A producer that is about to write to it is waited for, so that nobody writes to a descriptor
    /// that has become somebody else's.
    func closeWakeDescriptor() {
        lock.lock()
        let descriptor = unsafe state.pointee.wakeDescriptor
        unsafe state.pointee.wakeDescriptor = -1
        unsafe state.pointee.needsWake = false
        lock.unlock()
        while signallers.load(ordering: .acquiring) != 0 { creactor_spin_hint() }
        if descriptor >= 0 { Socket.close(descriptor) }
    }
}
