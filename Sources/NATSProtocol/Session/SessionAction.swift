/// What the driver must do, in this order.
///
/// Laws that hold for every session and that tests check:
/// each `connect` is followed by exactly one `disconnect` of its generation, also when the transport failed by itself
/// (the driver ignores it if there is nothing left to tear down);
/// each `openGate` is followed by exactly one `closeGate`, or by a `holdGate` and the next `openGate` or `closeGate`;
/// no more than two transports are there at a time, and one of them is only there for a move;
/// each subscription ends exactly once; each drain that was begun gives exactly one `drained`;
/// `closed` comes exactly once and is the last action.
package enum SessionAction: Equatable, Sendable {
    /// Open a transport. The whole attempt, from name resolution to PONG, ends at `deadline`; the session's timer
    /// watches over it.
    case connect(ServerAddress, generation: UInt32, deadline: Timestamp)
    /// Run the TLS handshake on the open transport, verifying `serverName`.
    case startTLS(serverName: String, generation: UInt32)
    /// Fetch the credentials, sign the server's nonce (empty: it offers none), and answer by `authenticated` or
    /// `authenticationFailed`.
    case authenticate(String, generation: UInt32)
    /// Send ahead of staged publishes, at a frame boundary. The session keeps the fences of PINGs in these bytes.
    case sendUrgent([UInt8], generation: UInt32)
    /// Send in order with the publishes. With a fence, a PING is to follow and `fenceQueued` to be called when that
    /// PING takes its place in the wire order.
    case sendOrdered([UInt8], fence: Fence?)
    /// Publishes may flow to this connection, after the urgent bytes so far.
    case openGate(generation: UInt32)
    /// A move: hand nothing more of what is staged to this connection, behind the batch under way. Of what is staged
    /// now, UNSUBs still go to it, SUBs and their PINGs are dropped, publishes and the PINGs of the user stay. What is staged from here
    /// on stays in order behind them. An `openGate` (of the successor, or of the same connection again) lets it flow;
    /// the urgent bytes that follow this action still go to this connection.
    case holdGate(generation: UInt32)
    /// The connection is lost: account for what was outbound; the user's fences fail.
    case closeGate(SessionFailure)
    /// Tear the transport (or the pending connect) down. Graceful: let the kernel deliver what it already has.
    case disconnect(generation: UInt32, graceful: Bool)
    /// The PONG of the user's fence came.
    case fenceConfirmed(UInt64)
    /// The server took the subscription.
    case subscriptionConfirmed(SubscriptionID)
    /// The subscription is over; messages that were handed over before stay valid.
    case subscriptionEnded(SubscriptionID, SubscriptionEnd)
    /// The server refused a publish to `subject`.
    case publishDenied(subject: String, ServerError)
    /// The server refused a publish because of its reply subject.
    case replyDenied(reply: String, ServerError)
    /// Call `deliveryFinished` when the queues of all drained subscriptions are empty.
    case awaitDelivery
    /// Ask the user which server is next, and when; answered by `serverChosen`, now or never.
    case chooseServer(ServerChoiceRequest)
    /// Tell the user.
    case report(SessionEvent)
    /// The drain is over.
    case drained(DrainResult)
    /// The session is over: nil after the user's close, abort or drain. The last action.
    case closed(SessionFailure?)
}
