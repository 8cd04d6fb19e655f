package import NATSProtocol

/// What answers and events of the API are read as. For those who read a text without having asked a server.
package enum AnswerModel: CaseIterable, Sendable {
    case streamInfo, consumerInfo, accountInfo, streamConfiguration, consumerConfiguration, pause, reset, error, advisory,
        objectRecord

    /// Reads a text, writes what was read, and reads that.
    ///
    /// - Returns: what was written, and whether the second reading is as the first.
    /// - Throws: when the text can't be read.
    package func readTwice(_ json: Span<UInt8>) throws(JSONError) -> (written: [UInt8], isSame: Bool) {
        switch self {
        case .streamInfo: try Self.readTwice(StreamInfo.self, json)
        case .consumerInfo: try Self.readTwice(ConsumerInfo.self, json)
        case .accountInfo: try Self.readTwice(AccountInfo.self, json)
        case .streamConfiguration: try Self.readTwice(StreamConfiguration.self, json)
        case .consumerConfiguration: try Self.readTwice(ConsumerConfiguration.self, json)
        case .pause: try Self.readTwice(ConsumerPause.self, json)
        case .reset: try Self.readTwice(ConsumerReset.self, json)
        case .error: try Self.readTwice(JetStreamError.self, json)
        case .advisory: try Self.readTwice(Advisory.self, json)
        case .objectRecord: try Self.readTwice(ObjectRecord.self, json)
        }
    }

    private static func readTwice<Model: JSONObject & Equatable>(
        _ type: Model.Type, _ json: Span<UInt8>
    ) throws(JSONError) -> (written: [UInt8], isSame: Bool) {
        let first = try Model(json: json)
        let written = first.json
        do throws(JSONError) {
            return (written, try Model(json: written.span) == first)
        } catch {
            return (written, false)
        }
    }
}
