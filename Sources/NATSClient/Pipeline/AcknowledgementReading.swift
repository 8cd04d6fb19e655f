import NATSProtocol

/// Acknowledgements from their bytes, gathered until the end of the chunk. Only the reactor's thread touches it.
struct AcknowledgementReading {
    /// What is to be settled when the chunk ends.
    private(set) var answers: [Answer] = []
    private var streams: [(pattern: AcknowledgementPattern, stream: AcknowledgingStream)] = []
    private var lastStream = 0
    private let prefixCount: Int
    private let token: PublishToken

    /// One publisher's subjects rarely belong to more streams; the others' acknowledgements are read as JSON.
    private static let streamsMax = 16

    struct Answer {
        let id: WaiterID
        let content: Content
    }

    enum Content {
        case result(PublishResult)
        /// Nobody listens on the subject.
        case noResponders
        case refused(PublishAcknowledgement.APIError)
    }

    /// - Parameter prefixCount: what stands before the token in the subjects.
    init(prefixCount: Int, _ token: PublishToken) {
        self.prefixCount = prefixCount
        self.token = token
    }

    mutating func forgetAnswers() { answers.removeAll(keepingCapacity: true) }

    mutating func read(_ message: borrowing MessageView) {
        let subject = message.subjectBytes
        guard subject.count > prefixCount, let id = token.parse(subject.extracting(droppingFirst: prefixCount)) else {
            return
        }
        if !message.hasHeaders, let result = known(message.bytes) {
            answers.append(Answer(id: id, content: .result(result)))
        } else {
            answers.append(Answer(id: id, content: content(message)))
        }
    }

    @inline(__always)
    private mutating func known(_ json: Span<UInt8>) -> PublishResult? {
        guard lastStream < streams.count else { return nil }
        guard let place = streams[lastStream].pattern.match(json) else { return knownOther(json) }
        return .stored(sequence: place.sequence, isDuplicate: place.isDuplicate, by: streams[lastStream].stream)
    }

    private mutating func knownOther(_ json: Span<UInt8>) -> PublishResult? {
        for index in streams.indices {
            guard let place = streams[index].pattern.match(json) else { continue }
            lastStream = index
            return .stored(sequence: place.sequence, isDuplicate: place.isDuplicate, by: streams[index].stream)
        }
        return nil
    }

    /// The first one of a stream, or one that says more.
    @inline(never)
    private mutating func content(_ message: borrowing MessageView) -> Content {
        if message.hasHeaders, let status = message.status {
            if status.code == 503 { return .noResponders }
            return .result(
                .failed(NATSError(.protocolViolation, "a status came in place of an acknowledgement: \(status.code)")))
        }
        let acknowledgement: PublishAcknowledgement
        do throws(JSONError) {
            acknowledgement = try PublishAcknowledgement(json: message.bytes)
        } catch {
            return .result(
                .failed(NATSError(.protocolViolation, "an acknowledgement can't be read: \(error)", underlying: error)))
        }
        if let error = acknowledgement.error { return .refused(error) }
        guard acknowledgement.isOfStream else {
            return .result(
                .failed(NATSError(.protocolViolation, "an answer names no stream: somebody else listens on the subject")))
        }
        if streams.count < Self.streamsMax, let pattern = AcknowledgementPattern(message.bytes, acknowledgement) {
            streams.append((pattern, AcknowledgingStream(acknowledgement)))
            lastStream = streams.count - 1
        }
        return .result(.acknowledged(DetailedAcknowledgement(acknowledgement)))
    }
}
