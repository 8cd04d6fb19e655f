import NATSProtocol
import Reactor

/// What a transport tells its owner, on the loop's thread and never from inside a call that the owner made.
protocol TransportHandler: AnyObject {
    /// A step of opening has begun.
    func transportDidReach(_ transport: Transport, _ step: HandshakeStep)
    /// Every step of opening is done: NATS bytes flow from now on.
    func transportDidOpen(_ transport: Transport, _ on: borrowing OnReactor)
    /// TLS is up: what `startTLS` asked for, or one of the steps of opening.
    func transportDidSecure(_ transport: Transport, _ details: TLSDetails, _ on: borrowing OnReactor)
    /// The next NATS bytes, in order.
    func transportDidReceive(_ transport: Transport, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor)
    /// The send is over, and its memory free again; `byteCount` of its NATS bytes went, maybe fewer than were given.
    func transportDidSend(_ transport: Transport, _ byteCount: Int, _ on: borrowing OnReactor)
    /// The transport couldn't be opened, or can't go on. The owner closes it.
    func transportDidFail(_ transport: Transport, _ failure: TransportFailure, _ on: borrowing OnReactor)
    /// Last: nothing of the transport is left. Once for each `close` that returned false; also when the loop ended.
    func transportDidClose(_ transport: Transport, _ on: borrowing OnReactor)
}
