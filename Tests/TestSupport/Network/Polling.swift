import Glibc

/// What ended a wait.
enum WaitResult {
    case ready
    case timedOut
    case stopped
}

/// Waits on a blocking thread until `socket` is ready for `events`, the deadline has passed, or `wake` was written to.
func wait(for events: Int32, on socket: Socket, wake: WakePipe, until end: ContinuousClock.Instant) -> WaitResult {
    var entries = [
        pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0),
        pollfd(fd: socket.descriptor, events: Int16(events), revents: 0),
    ]
    while true {
        let timeout = pollTimeout(until: end)
        let count = unsafe poll(&entries, nfds_t(entries.count), timeout)
        if entries[0].revents != 0 { return .stopped }
        if entries[1].revents != 0 { return .ready }
        if count == 0 && timeout == 0 { return .timedOut }
    }
}

/// Waits for the deadline; false when `wake` was written to before it.
func pause(until end: ContinuousClock.Instant, wake: WakePipe) -> Bool {
    var entries = [pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0)]
    while true {
        let timeout = pollTimeout(until: end)
        let count = unsafe poll(&entries, 1, timeout)
        if entries[0].revents != 0 { return false }
        if count == 0 && timeout == 0 { return true }
    }
}

/// Milliseconds for `poll`, rounded up, at most a second at a time; 0 only when the deadline has passed.
func pollTimeout(until end: ContinuousClock.Instant) -> Int32 {
    let remaining = ContinuousClock.now.duration(to: end)
    guard remaining > .zero else { return 0 }
    guard remaining < .seconds(1) else { return 1000 }
    return Int32(remaining / .milliseconds(1)) + 1
}
