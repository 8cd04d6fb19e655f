import NATSProtocol
import Reactor

/// One connection: what belongs to it rather than to the client, from the session's `connect` until its transport is closed.
///
/// Functions that act on a link take it as an argument; events and actions name it by its generation
/// (``ConnectionDriver/link(_:)``). Belongs to the loop's thread.
final class Link {
    let transport: Transport
    let state = Pinned(LinkState())

    var generation: UInt32 { transport.generation }

    init(_ transport: Transport) { self.transport = transport }
}

struct LinkState: ~Copyable {
    var decoder = FrameDecoder(limits: DecoderLimits())
    /// A frame of which only a part has arrived.
    var pendingFrame: PendingFrame?
    /// Bytes of the present chunk behind the frame that is being handled.
    var unconsumedByteCount = 0
    var sendQueue = SendQueue()
    /// The order on the wire.
    var ledger = WireLedger()
    /// Answers the server's challenge.
    var authentication: Task<Void, Never>?
    /// Publishes flow to this connection.
    var isGateOpen = false
    /// A move: publishes flow no more, and what was handed over is awaited. It isn't lost yet.
    var isGateHeld = false
    /// Publishes flow as soon as the account of the connection before is settled.
    var opensGateLater = false
    /// Publishes have flowed, so that there is an account.
    var hadGate = false
    /// The server has taken us. Stays when the gate closes.
    var isEstablished = false
    /// What TLS has agreed on; nil in the clear.
    var tlsDetails: TLSDetails?
    /// The session has given the connection up: what still arrives is ignored.
    var isDisconnecting = false
    /// Publishes written before this connection's first one.
    var writtenBase: UInt64 = 0
    /// Why the connection was lost; reported when it is closed, since only then the account is final.
    var lostCause: SessionFailure?
    /// The account's discarded publishes when the connection was lost.
    var discardedBeforeLoss: UInt64 = 0
}

/// A connect that waits until the connection before is closed.
struct PendingConnect {
    let address: ServerAddress
    let generation: UInt32
    let deadline: Timestamp
}

/// A frame whose rest hasn't arrived, at the start or in the middle of a block.
struct PendingFrame {
    var block: ReceiveBlock
    var start: Int
    var count: Int
    /// Bytes that the frame needs at least; 0: its control line isn't complete.
    var needed: Int
    /// Whether the block was made for this frame.
    var isAssembly = false
}
