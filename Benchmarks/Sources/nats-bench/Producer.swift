import NATSClient

/// Publishes one message over and over, in the form that was asked for.
struct Producer: Sendable {
    let nats: NATSConnection
    let form: PayloadForm
    let subject: String
    let bytes: [UInt8]
    let text: String
    let headers: Headers?
    let prepared: PreparedPublisher

    init(_ nats: NATSConnection, _ options: Options) throws {
        self.nats = nats
        form = options.payload
        subject = options.streamSubject
        bytes = options.payloadBytes
        text = String(repeating: "x", count: options.size)
        headers = try options.messageHeaders()
        prepared = try nats.publisher(for: subject)
    }

    /// Publishes synchronously, and suspends only when the outbound buffer is full.
    ///
    /// - Parameter deadline: of the monotonic clock; looked at once in 1,024 messages.
    /// - Returns: how many were published.
    func publish(_ count: Int, untilNanoseconds deadline: UInt64? = nil) async throws -> Int {
        var left = count
        while left > 0 {
            if let deadline, MonotonicClock.nanoseconds >= deadline { break }
            let burst = deadline == nil ? left : min(left, 1_024)
            let published = try publishNow(burst)
            left -= published
            guard published < burst else { continue }
            try await nats.publish(subject, bytes, headers: headers)
            left -= 1
        }
        return count - left
    }

    /// - Returns: how many were published before the outbound buffer was full.
    private func publishNow(_ count: Int) throws(NATSError) -> Int {
        var published = 0
        do throws(NATSError) {
            switch form {
            case .prepared:
                while published < count {
                    try prepared.publish(bytes, headers: headers)
                    published &+= 1
                }
            case .bytes:
                while published < count {
                    try nats.publish(subject, bytes, headers: headers)
                    published &+= 1
                }
            case .span:
                while published < count {
                    try nats.publish(subject, bytes.span, headers: headers)
                    published &+= 1
                }
            case .string:
                while published < count {
                    try nats.publish(subject, text, headers: headers)
                    published &+= 1
                }
            }
        } catch  where error.code == .outboundFull {
        }
        return published
    }
}
