import NATSClient

/// Answers requests on `echo` with what they carry, on a connection of its own.
enum Responder {
    static func start(_ witness: NATSConnection, _ drama: Drama) async -> Task<Void, Never> {
        let subscription = try? await witness.subscribe("echo", confirmed: false)
        try? await witness.flush()
        return drama.spawn {
            guard let subscription else { return }
            do {
                for try await message in subscription { try? message.respond(message.payload) }
            } catch {
                drama.oracle.check(drama.isLimited, "the responder's subscription ended: \(error)")
            }
        }
    }
}
