public import NATSProtocol

/// The headers of message tracing. Source: ADR-41; `server/msgtrace.go` of nats-server.
enum TraceHeader {
    static let destination = "Nats-Trace-Dest"
    static let only = "Nats-Trace-Only"
    static let hop = "Nats-Trace-Hop"
    static let acceptEncoding = "Accept-Encoding"
    static let contentEncoding = "Content-Encoding"
}

extension Headers {
    /// Asks every server that the message passes to report what it does with it (ADR-41, server 2.11 or later). Reports come
    /// to `destination`, one from each server; ``TraceReport/init(_:)`` reads them.
    ///
    /// The publisher must be allowed to publish to the destination. Across accounts the trace ends unless their import or
    /// export has `allow_trace`.
    ///
    /// - Parameter onlyTrace: report where the message would go, and deliver it nowhere. Default: false.
    /// - Throws: ``HeaderError`` when the destination can't stand in a header.
    public mutating func requestTrace(to destination: String, onlyTrace: Bool = false) throws(HeaderError) {
        try set(TraceHeader.destination, destination)
        if onlyTrace { try set(TraceHeader.only, "true") } else { remove(TraceHeader.only) }
    }
}
