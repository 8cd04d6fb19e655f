/// Called on the loop's thread, once in the turn after it was scheduled: after completions and mailbox, before sleeping.
package protocol TurnHandler: AnyObject, Sendable {
    func runTurn(_ on: borrowing OnReactor)
}

/// Learns how an attempt to connect ended.
package protocol ConnectHandler: AnyObject {
    /// Exactly once per `connect`, never from inside the call that caused it.
    func connectDidFinish(_ id: ConnectID, _ result: Outcome<StreamID>, _ on: borrowing OnReactor)
}

/// Receives everything that happens on one stream. Never called from inside a call that this object made.
package protocol StreamHandler: AnyObject {
    /// The next bytes, in order. The handler may retain the chunk's block beyond the call; the bytes never change then.
    func streamDidReceive(_ id: StreamID, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor)
    /// The send is over and its memory free again. `byteCount` may be less than what was given: send the rest.
    func streamDidSend(_ id: StreamID, _ byteCount: Int, _ on: borrowing OnReactor)
    /// The stream can't go on; at most once. The owner then closes it. Of a send that was in flight
    /// `streamDidSend` can still come, before `streamDidClose`.
    func streamDidEnd(_ id: StreamID, _ end: StreamEnd, _ on: borrowing OnReactor)
    /// Exactly once, last: the kernel doesn't touch any memory of this stream any more.
    func streamDidClose(_ id: StreamID, _ on: borrowing OnReactor)
}

/// Why a stream can't go on.
package enum StreamEnd: Sendable, Equatable {
    package enum Operation: Sendable { case receive, send }

    /// The peer closed its side.
    case endOfStream
    case failed(SystemError, during: Operation)
}

/// Learns that a timer's deadline has passed.
package protocol TimerHandler: AnyObject {
    /// Never before the deadline. The timer is disarmed and may be armed again.
    func timerDidFire(_ id: TimerID, _ on: borrowing OnReactor)
    /// The loop is ending and none of its timers will fire any more. Once for each timer that exists.
    func loopWillStop(_ on: borrowing OnReactor)
}

extension TimerHandler {
    package func loopWillStop(_ on: borrowing OnReactor) {}
}
