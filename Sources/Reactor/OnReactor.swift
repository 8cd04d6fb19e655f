/// Proof of running on the loop's thread. Only the loop makes one, and it can't leave the call that it was given to.
@usableFromInline
package struct OnReactor: ~Copyable, ~Escapable {
    let core: LoopCore

    @_lifetime(immortal)
    init(_ core: LoopCore) { self.core = core }
}

extension OnReactor {
    /// The monotonic clock, read once per turn.
    package var nowNanoseconds: UInt64 { core.nowNanoseconds }

    /// The loop is about to end: no timer fires any more, and no connect succeeds.
    package var isStopping: Bool { core.isStopping }

    /// All figures as of now.
    package var statistics: ReactorStatistics { core.currentStatistics() }

    /// Timers that exist now, set or not, those of connection attempts included.
    package var timerCount: Int { core.state.value.timers.count }

    /// The descriptor that the loop waits with.
    package var descriptorForTesting: Int32 { core.backend.descriptor }

    // MARK: Connecting

    /// Connects to a host: resolves its name off this thread, tries all addresses (RFC 8305), all before one deadline. The
    /// handler gets exactly one result, and sets the stream's handler then.
    package func connect(_ request: ConnectRequest, handler: any ConnectHandler) -> ConnectID {
        core.connector.connect(request, handler)
    }

    /// Ends an attempt: its one completion is `.cancelled`, even if a connection was just made.
    package func cancelConnect(_ id: ConnectID) { core.connector.cancel(id) }

    // MARK: Streams

    /// Makes a stream of a connected stream socket, for example one end of a socket pair. Owns the descriptor from now on;
    /// when it throws, the caller still does.
    package func adopt(descriptor: Int32, handler: any StreamHandler) throws(ReactorError) -> StreamID {
        try core.adopt(descriptor, handler)
    }

    /// Names the object that gets this stream's events.
    package func setHandler(_ id: StreamID, _ handler: any StreamHandler) { core.setHandler(id, handler) }

    /// Chunks come from now on, until the stream ends, is paused or closed.
    package func startReceiving(_ id: StreamID) { core.startReceiving(id) }
    /// No chunk comes any more until `resumeReceiving`; the kernel's buffer fills, and the peer slows down.
    package func pauseReceiving(_ id: StreamID) { core.pauseReceiving(id) }
    package func resumeReceiving(_ id: StreamID) { core.startReceiving(id) }

    /// Sends; `streamDidSend` says how much went. False when a send is in flight, the stream is gone or can't send any more. The
    /// memory must live until `streamDidSend` or `streamDidClose`.
    package func send(_ id: StreamID, _ vectors: borrowing SendVectors) -> Bool { core.send(id, vectors) }

    /// Closes a stream; `hard` sends a reset and drops what is unsent. `streamDidClose` is the last event, and nothing comes
    /// before it any more but the `streamDidSend` of a send that the kernel had taken.
    package func close(_ id: StreamID, hard: Bool) { core.close(id, hard: hard) }

    // MARK: Timers

    package func makeTimer(_ handler: any TimerHandler) -> TimerID { core.state.value.timers.make(.handler(handler)) }
    /// Arms a timer, or moves its deadline. A deadline in the past fires in this or the next turn.
    package func setTimer(_ id: TimerID, deadlineNanoseconds: UInt64) {
        core.state.value.timers.set(id, deadlineNanoseconds: deadlineNanoseconds)
    }
    /// Disarms a timer: it doesn't fire after this.
    package func clearTimer(_ id: TimerID) { core.state.value.timers.clear(id) }
    package func destroyTimer(_ id: TimerID) { core.state.value.timers.destroy(id) }

    // MARK: Receive blocks

    /// A block of at least this size: from the pool when it fits, else a dedicated one.
    package func makeBlock(minimumCapacity: Int) -> ReceiveBlock { core.pool.makeBlock(minimumCapacity: minimumCapacity) }
    /// Blocks that left the pool and are still retained by somebody.
    package var lentBlockCount: Int { core.pool.lentCount }
}
