// The epoll set. Unsafe invariant: `events` has room for `capacity` events, belongs to this object alone, and only the first
// `count` of them, which the last wait wrote, are read.
internal import CReactor

/// An epoll descriptor and the events of its last wait. Edge-triggered: every descriptor is registered once, for everything.
@safe final class EpollEvents {
    /// The token of the eventfd; generations start at 1, so no stream has it.
    static let wakeToken: UInt64 = 0

    let descriptor: Int32
    /// The descriptor isn't ours any more: it may be somebody else's by now, and must not be touched.
    private var isLost = false
    private let capacity = ReactorLimits.eventsPerWait
    private let events: UnsafeMutablePointer<epoll_event>
    private(set) var count = 0

    init() throws(SystemError) {
        descriptor = try Socket.check("epoll_create1", creactor_epoll_create())
        unsafe events = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
    }

    deinit {
        if !isLost { Socket.close(descriptor) }
        unsafe events.deallocate()
    }

    func add(_ other: Int32, token: UInt64) throws(SystemError) {
        let flags = creactor_epoll_in | creactor_epoll_out | creactor_epoll_read_hangup | creactor_epoll_edge
        try Socket.check("epoll_ctl", creactor_epoll_add(descriptor, other, flags, token))
    }

    /// Needed before a close: a forked child may keep the file open, and with it the registration.
    func remove(_ other: Int32) {
        if !isLost { _ = creactor_epoll_remove(descriptor, other) }
    }

    /// Waits at most so long; nil: for ever. Throws when somebody closed the descriptor: of all errors of the call, only
    /// EBADF, EFAULT and EINVAL are left.
    func wait(timeoutNanoseconds: UInt64?) throws(SystemError) {
        count = 0
        let timeout = timeoutNanoseconds.map { Int64(clamping: $0) } ?? -1
        let result = unsafe creactor_epoll_wait(descriptor, events, Int32(capacity), timeout)
        guard result >= 0 else {
            isLost = true
            throw SystemError(operation: "epoll_wait", errno: -result)
        }
        count = Int(result)
    }

    func token(_ index: Int) -> UInt64 {
        precondition(index < count)
        return unsafe creactor_event_token(events + index)
    }

    func readiness(_ index: Int) -> EpollReadiness {
        precondition(index < count)
        return EpollReadiness(rawValue: unsafe creactor_event_flags(events + index))
    }
}

/// What epoll says about a descriptor.
struct EpollReadiness: OptionSet {
    let rawValue: UInt32

    static let input = EpollReadiness(rawValue: creactor_epoll_in)
    static let output = EpollReadiness(rawValue: creactor_epoll_out)
    static let hangup = EpollReadiness(
        rawValue: creactor_epoll_hangup | creactor_epoll_read_hangup | creactor_epoll_error)
    static let error = EpollReadiness(rawValue: creactor_epoll_error | creactor_epoll_hangup)
}

extension StreamID {
    /// Slot and generation in one word, for the kernel to hand back.
    var token: UInt64 { UInt64(id.generation) << 32 | UInt64(id.slot) }

    init(token: UInt64) {
        self.init(SlotID(slot: UInt32(truncatingIfNeeded: token), generation: UInt32(truncatingIfNeeded: token >> 32)))
    }
}
