import TestSupport

/// One at each server, connected directly.
final class Witnesses: Sendable {
    private let witnesses: [WitnessClient]
    private let world: World

    init(_ books: [RowBook], in world: World) throws {
        self.world = world
        let user = Realm.witnessName
        let connect = """
            {"verbose":false,"pedantic":false,"tls_required":false,"user":"\(user)","pass":"\(user)","name":"witness","lang":"none",\
            "version":"0"}
            """
        witnesses = try world.cluster.servers.enumerated().map { index, server in
            try WitnessClient(port: { server.port }, connect: connect, subject: Row.plainPrefix + ">") { subject, payload in
                guard let row = Row(subject: subject, payload: payload), row.publisher < books.count else { return }
                books[row.publisher].witnessed(row.number, by: index)
            }
        }
    }

    func isListening(at node: Int) -> Bool { witnesses[node].isListening }

    var losses: Int { witnesses.reduce(0) { $0 + $1.losses } }

    /// What the servers have processed until now has reached the witnesses; false when that can't be had.
    func passFence() async throws -> Bool {
        let tickets = witnesses.map { $0.askForFence() }
        return try await holds(within: .seconds(20)) {
            zip(witnesses, tickets).allSatisfy { $0.isListening && $0.answered >= $1 }
        }
    }

    func stop() { for witness in witnesses { witness.stop() } }
}
