/// Proof of running on the loop's thread. Only the loop makes one, and it can't leave the call that it was given to.
@usableFromInline
package struct OnReactor: ~Copyable, ~Escapable {
    @_lifetime(immortal)
    init() {}
}

extension OnReactor {
    package var nowNanoseconds: UInt64 { 0 }
    package func connect(_ request: ConnectRequest, handler: any ConnectHandler) -> ConnectID { fatalError() }
    package func cancelConnect(_ id: ConnectID) {}
    /// Makes a stream of a connected stream socket, for example one end of a socket pair. Owns the descriptor from now on.
    package func adopt(descriptor: Int32, handler: any StreamHandler) throws(ReactorError) -> StreamID { fatalError() }
    package func setHandler(_ id: StreamID, _ handler: any StreamHandler) {}
    package func startReceiving(_ id: StreamID) {}
    package func pauseReceiving(_ id: StreamID) {}
    package func resumeReceiving(_ id: StreamID) {}
    package func send(_ id: StreamID, _ vectors: SendVectors) -> Bool { false }
    package func close(_ id: StreamID, hard: Bool) {}
    package func makeTimer(_ handler: any TimerHandler) -> TimerID { fatalError() }
    package func setTimer(_ id: TimerID, deadlineNanoseconds: UInt64) {}
    package func clearTimer(_ id: TimerID) {}
    package func destroyTimer(_ id: TimerID) {}
    package func makeBlock(minimumCapacity: Int) -> ReceiveBlock { fatalError() }
    package var lentBlockCount: Int { 0 }
}
