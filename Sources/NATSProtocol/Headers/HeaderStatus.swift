/// The status in the first line of a header block, `NATS/1.0 503 No Responders`: how servers answer without a payload.
///
/// Source: ADR-4. Codes in use: 100 idle heartbeat and flow control, 404 no messages, 408 request timeout,
/// 409 conflicts of consumers, 503 no responders.
public struct HeaderStatus: Sendable, Hashable {
    /// Three digits.
    public let code: Int
    /// The rest of the line without the blanks around it; may be empty.
    public let description: String

    /// A status as a test or a server would send it. Nothing is checked.
    public init(code: Int, description: String = "") {
        self.code = code
        self.description = description
    }
}
