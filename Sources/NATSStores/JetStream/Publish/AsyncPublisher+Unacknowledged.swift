public import NATSClient
internal import NATSProtocol

/// A message of an ``AsyncPublisher`` that was published and has not ended yet.
public struct UnacknowledgedMessage: Sendable {
    /// The number that publishing it returned.
    public let number: UInt64
    /// Where it was published.
    public let subject: String
    /// Its headers, those that options and ids stand for included; nil when it has none.
    public let headers: Headers?
    /// What it says.
    public let payload: [UInt8]
}

extension AsyncPublisher {
    /// Everything that was published and has not ended yet, the oldest first: to keep it somewhere before giving up.
    ///
    /// Copies all of it. Any of it may end while it is looked at.
    public var unacknowledged: [UnacknowledgedMessage] {
        pipeline.unsettled.compactMap { UnacknowledgedMessage($0) }
    }
}

extension UnacknowledgedMessage {
    fileprivate init?(_ kept: UnsettledPublish) {
        let whole = kept.frame + (kept.payload.isEmpty ? [] : kept.payload + Array("\r\n".utf8))
        var walker = OutboundFrameWalker()
        guard case .frame(let frame) = walker.next(whole.span) else { return nil }
        let words = whole[..<frame.body.lowerBound].split(separator: 0x20)
        guard words.count > 3 else { return nil }
        // HPUB subject reply #headers #total
        let headerCount = frame.kind == .headerPublish ? Int(String(decoding: words[3], as: UTF8.self)) ?? 0 : 0
        let body = whole[frame.body]
        number = kept.number
        subject = String(decoding: words[1], as: UTF8.self)
        headers = headerCount > 0 ? Headers(block: Array(body.prefix(headerCount))) : nil
        payload = Array(body.dropFirst(headerCount))
    }
}
