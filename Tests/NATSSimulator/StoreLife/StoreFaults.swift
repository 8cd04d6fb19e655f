/// What goes wrong with streams and consumers, beside all that goes wrong with servers and the network.
final class StoreFaults {
    private let world: World
    private let jetStream: ModelJetStream
    private let books: StoreBooks
    private var isOver = false
    private var strikes = 0
    /// Each life knows some kinds only.
    private let kinds: [Kind]

    private enum Kind: CaseIterable {
        case streamLeader, consumerLeader, metaLeader, deletion, silentDeletion, refusals, removal, lostDeliveries
    }

    init(_ jetStream: ModelJetStream, _ books: StoreBooks) {
        world = books.world
        self.jetStream = jetStream
        self.books = books
        let dice = world.dice("store faults")
        let density = dice.pick(2...4)
        kinds = Kind.allCases.filter { _ in dice.isOne(in: density) }
    }

    func begin() { plan() }

    func end() {
        isOver = true
        for stream in jetStream.streams {
            stream.oneIsRefusedIn = .max
            for consumer in stream.consumers { consumer.deliveriesToLose = 0 }
        }
        jetStream.serversDidChange()
    }

    private func plan() {
        strikes += 1
        let dice = world.dice("store fault", strikes)
        world.after(dice.pick(1_000_000...2_000_000_000)) { [self] in
            guard !isOver else { return }
            if let kind = dice.pick(of: kinds), world.takes("store fault", strikes, "\(kind)") { strike(kind, dice) }
            plan()
        }
    }

    private func strike(_ kind: Kind, _ dice: Dice) {
        let stream = jetStream.streams[0]
        let consumer = dice.pick(of: stream.consumers)
        switch kind {
        case .streamLeader: stream.group.changeLeader(isSilent: dice.isOne(in: 2))
        case .consumerLeader: consumer?.group.changeLeader(isSilent: dice.isOne(in: 2))
        case .metaLeader: jetStream.meta.changeLeader(isSilent: true)
        case .deletion, .silentDeletion:
            guard let consumer, dice.isOne(in: 3) else { return }
            books.consumerWasDeleted(consumer.name)
            consumer.delete(isAnnounced: kind == .deletion)
        case .refusals: stream.oneIsRefusedIn = dice.isOne(in: 2) ? .max : dice.pick(1...4)
        case .lostDeliveries: consumer?.deliveriesToLose = Int(dice.pick(1...3))
        case .removal: stream.remove(dice.pick(1...max(1, stream.lastSequence)))
        }
    }

    /// Everybody who answers pulls is somebody else, and nobody who waits is told.
    func changeEveryConsumer() {
        for consumer in jetStream.streams[0].consumers { consumer.group.changeLeader(isSilent: true) }
    }
}
