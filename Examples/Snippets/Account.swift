import NATSClient

enum Account {
    static func observe(_ nats: NATSConnection) {
        Task {
            for await event in nats.events {
                switch event {
                case .disconnected(let loss):
                    print("lost: \(loss.unconfirmed) unconfirmed, \(loss.pending) kept, \(loss.discarded) given up")
                case .slowConsumer(let slow):
                    print("\(slow.subject) is too slow: \(slow.droppedMessages) dropped")
                default:
                    break
                }
            }
        }
    }

    static func isBalanced(_ nats: NATSConnection) -> Bool {
        let account = nats.statistics
        let outcomes =
            account.publishesFenced + account.publishesUnconfirmed + account.publishesPending
            + account.publishesLostUnknown + account.publishesDiscarded
        return account.publishesAccepted == outcomes
    }
}
