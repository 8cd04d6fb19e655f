// Memory-safety fence: untyped memory of callers seen as bytes.
//
// Invariant: every bit pattern is a valid `UInt8`; the span is used only during the call to which the caller lent the
// memory.

public import NATSProtocol

extension NATSConnection {
    /// Publishes memory of the caller, without waiting for anything. As ``publish(_:_:headers:reply:)-(_,String,_,_)``.
    public func publish(
        _ subject: String, _ payload: RawSpan, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        try publish(subject, payload.byteSpan, headers: headers, reply: reply)
    }

    /// Publishes memory of the caller, without waiting for anything; it is copied before the call returns.
    /// As ``publish(_:_:headers:reply:)-(_,String,_,_)``.
    public func publish(
        _ subject: String, _ payload: UnsafeRawBufferPointer, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        try publish(subject, unsafe payload.byteSpan, headers: headers, reply: reply)
    }
}

extension OutboundBuffer {
    /// Publishes memory of the caller, without waiting for anything; it is copied before the call returns.
    /// As ``NATSConnection/publish(_:_:headers:reply:)-(_,String,_,_)``.
    public func publish(
        _ subject: String, _ payload: UnsafeRawBufferPointer, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        try connection.publish(subject, unsafe payload.byteSpan, headers: headers, reply: reply)
    }
}

extension RawSpan {
    /// The same bytes, typed.
    var byteSpan: Span<UInt8> {
        @_lifetime(copy self)
        get { Span<UInt8>(_bytes: self) }
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes, checked from here on.
    var byteSpan: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let raw = unsafe RawSpan(_unsafeBytes: self)
            return unsafe _overrideLifetime(raw.byteSpan, borrowing: self)
        }
    }
}
