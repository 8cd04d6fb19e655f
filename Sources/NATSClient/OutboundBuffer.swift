public import NATSProtocol

/// The outbound buffer of a connection, for those who publish from asynchronous code without suspending.
///
/// In an `async` function Swift prefers the suspending `nats.publish`; `nats.outbound.publish` is the synchronous one
/// everywhere. With ``ready()`` a fast loop paces itself, and suspends once for megabytes instead of once for each
/// message:
///
/// ```swift
/// for reading in readings {
///     try await nats.outbound.ready()
///     try nats.outbound.publish("sensors.hall", reading)
/// }
/// ```
///
/// Made by ``NATSConnection/outbound``. A value without state of its own; use it from any thread.
public struct OutboundBuffer: Sendable {
    @usableFromInline let connection: NATSConnection

    @inlinable init(_ connection: NATSConnection) { self.connection = connection }

    /// Suspends until there is room, so that a fast loop can pace itself. Doesn't suspend while three quarters of
    /// `ConnectOptions.outbound.highWaterBytes` aren't used, and returns at half of it: a message of less than a
    /// quarter (2 MiB unless told otherwise) that follows isn't refused, unless others publish at the same time.
    ///
    /// - Throws: ``NATSError/Code/outboundFull`` after `ConnectOptions.outbound.publishTimeout`,
    ///   ``NATSError/Code/connectionClosed``; `CancellationError`.
    public func ready() async throws { try await connection.core.waitUntilReady(subject: "") }
}

extension NATSConnection {
    /// The outbound buffer: publishes that never suspend, also in asynchronous code.
    @inlinable public var outbound: OutboundBuffer { OutboundBuffer(self) }
}

// Each form is the synchronous one of the connection: same checks, cost and errors.
extension OutboundBuffer {
    /// Publishes text, without waiting for anything.
    /// As ``NATSConnection/publish(_:_:headers:reply:)-(_,String,_,_)``.
    @inlinable public func publish(
        _ subject: String, _ payload: String, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        try connection.publish(subject, payload, headers: headers, reply: reply)
    }

    /// Publishes bytes, without waiting for anything.
    /// As ``NATSConnection/publish(_:_:headers:reply:)-(_,String,_,_)``.
    @inlinable public func publish(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        try connection.publish(subject, payload, headers: headers, reply: reply)
    }

    /// Publishes bytes, without waiting for anything.
    /// As ``NATSConnection/publish(_:_:headers:reply:)-(_,String,_,_)``.
    @inlinable public func publish(
        _ subject: String, _ payload: ArraySlice<UInt8>, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        try connection.publish(subject, payload, headers: headers, reply: reply)
    }

    /// Publishes a received payload again, without waiting for anything.
    /// As ``NATSConnection/publish(_:_:headers:reply:)-(_,String,_,_)``.
    @inlinable public func publish(
        _ subject: String, _ payload: Payload, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        try connection.publish(subject, payload, headers: headers, reply: reply)
    }

    /// Publishes a message without payload, and without waiting for anything.
    @inlinable public func publish(_ subject: String, headers: Headers? = nil, reply: String? = nil) throws(NATSError) {
        try connection.publish(subject, headers: headers, reply: reply)
    }

    /// Publishes memory of the caller, without waiting for anything; it is copied before the call returns.
    /// As ``NATSConnection/publish(_:_:headers:reply:)-(_,String,_,_)``.
    @inlinable public func publish(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        try connection.publish(subject, payload, headers: headers, reply: reply)
    }

    /// Publishes memory of the caller, without waiting for anything; it is copied before the call returns.
    /// As ``NATSConnection/publish(_:_:headers:reply:)-(_,String,_,_)``.
    @inlinable public func publish(
        _ subject: String, _ payload: RawSpan, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        try connection.publish(subject, payload, headers: headers, reply: reply)
    }
}
