import NATSClient
import Synchronization

/// A connection of its own, around the proxy: sees every message of every round, and answers the requests among them.
final class CuttingWitness: Sendable {
    let nats: NATSConnection
    private let seen: SeenMessages

    /// What came on one round's subjects, in order.
    final class SeenMessages: Sendable {
        private let rounds = Mutex<[String: [String]]>([:])

        func append(_ text: String, round: String) { rounds.withLock { $0[round, default: []].append(text) } }
        func take(round: String) -> [String] { rounds.withLock { $0.removeValue(forKey: round) ?? [] } }
    }

    init(url: String, backend: CuttingBackend) async throws {
        let seen = SeenMessages()
        self.seen = seen
        nats = try await NATS.connect(url, options: backend.options)
        try await nats.subscribe("cut.>") { view in
            let round = view.subject.split(separator: ".").dropFirst().first.map(String.init) ?? ""
            let text = CuttingMessage.text(
                payload: view.string, hasHeaders: view.hasHeaders, header: view.header("Id"))
            seen.append(text, round: round)
            if view.reply != nil { try? view.retained().respond("re:" + view.string) }
        }
    }

    /// Everything that the server had for this round when it was asked.
    func messages(ofRound round: String) async throws -> [String] {
        try await nats.flush()
        return seen.take(round: round)
    }
}

/// The messages of a round: numbered, so that a lost, doubled or damaged one is known.
enum CuttingMessage {
    static let trailer = ":abcdefghij"

    static func payload(_ number: Int) -> String { "\(number)" + trailer }

    /// What a subscriber makes of a message; anything but the number is a defect.
    static func text(payload: String, hasHeaders: Bool, header: String?) -> String {
        guard payload.hasSuffix(trailer) else { return "damaged payload '\(payload)'" }
        let number = String(payload.dropLast(trailer.count))
        guard !hasHeaders || header == number else { return "damaged header '\(header ?? "")' of '\(payload)'" }
        return number
    }
}
