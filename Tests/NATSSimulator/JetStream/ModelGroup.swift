/// Servers that keep something together, a stream, a consumer or the list of both: one of them leads, and answers.
///
/// What was committed survives every change of leaders as long as one member lives. What a leader had only begun is lost with it,
/// or committed by the next one without an answer.
final class ModelGroup {
    let name: String
    unowned let cluster: ModelCluster
    private let members: [ModelServer]
    private let dice: Dice
    private weak var currentLeader: ModelServer?
    /// Counts the leaders.
    private(set) var term = 0
    /// There is no leader, and nobody says so: interest is still routed to the last one.
    private var hidesItsLoss = false
    private var isElecting = false
    /// What came while the leader stood still.
    private var backlog: [() -> Void] = []
    /// When the last of what came from a server arrives.
    private var arrivals: [String: UInt64] = [:]

    /// The leader is gone; the first argument says whether it had time for a farewell, and is still there.
    var leaderDidGo: (Bool) -> Void = { _ in }
    var leaderDidCome: () -> Void = {}

    init(_ name: String, of members: [ModelServer], in cluster: ModelCluster) {
        self.name = name
        self.cluster = cluster
        self.members = members
        dice = cluster.world.dice("group \(name)")
        elect()
    }

    var leader: ModelServer? { currentLeader }
    var isReplicated: Bool { members.count > 1 }
    private var world: World { cluster.world }

    /// Whether a server routes what is for this group.
    var hasInterest: Bool { leader != nil || hidesItsLoss }

    // MARK: Leaders

    /// A server came, went, stands still or goes on.
    func serversDidChange() {
        if let leader, !leader.isUp { lose(isOrderly: false) }
        if let leader, leader.isLameDuck, isReplicated { lose(isOrderly: true) }
        if let leader, leader.isFrozen { awaitThaw(leader) } else { workOff() }
        if leader == nil { elect(afterNanoseconds: dice.pick(1_000_000...2_000_000_000)) }
    }

    /// Another member leads from now on; if `isSilent`, nobody whose requests wait is told.
    func changeLeader(isSilent: Bool) {
        guard leader != nil else { return }
        lose(isOrderly: !isSilent)
        elect(afterNanoseconds: dice.pick(1_000_000...2_000_000_000))
    }

    private func lose(isOrderly: Bool) {
        world.trace.note(world.nowNanoseconds, "\(name): \(isOrderly ? "its leader steps down" : "without a leader")")
        // It still can say something.
        leaderDidGo(isOrderly)
        currentLeader = nil
        hidesItsLoss = dice.isOne(in: 2)
        backlog = []
    }

    private func elect(afterNanoseconds delay: UInt64) {
        guard !isElecting else { return }
        isElecting = true
        world.after(delay) { [weak self] in
            self?.isElecting = false
            self?.elect()
        }
    }

    private func elect() {
        guard leader == nil else { return }
        let able = members.filter { $0.isUp && !$0.isFrozen && (!$0.isLameDuck || !isReplicated) }
        // Whoever comes back begins another election.
        guard let next = dice.pick(of: able) else { return }
        currentLeader = next
        term += 1
        hidesItsLoss = false
        world.trace.note(world.nowNanoseconds, "\(name): led by \(next.name), term \(term)")
        leaderDidCome()
    }

    /// The others have another leader when this one is silent for too long.
    private func awaitThaw(_ leader: ModelServer) {
        guard isReplicated else { return }
        let term = term
        world.after(4_000_000_000) { [weak self] in
            guard let self, self.term == term, leader.isFrozen, currentLeader === leader else { return }
            lose(isOrderly: false)
            elect()
        }
    }

    // MARK: Ways to the leader

    /// Does something at the leader when what comes from a server has reached it; never, if it is lost on the way.
    func reach(from server: ModelServer, _ body: @escaping () -> Void) {
        guard let leader else { return }
        let delay = server === leader ? dice.pick(1_000...50_000) : dice.pick(20_000...300_000)
        let arrival = max(arrivals[server.name] ?? 0, world.nowNanoseconds + delay)
        arrivals[server.name] = arrival
        let term = term
        world.after(arrival - world.nowNanoseconds) { [weak self] in
            guard let self, self.term == term, let leader = currentLeader else { return }
            if leader.isFrozen || !backlog.isEmpty { return backlog.append(body) }
            body()
        }
    }

    private func workOff() {
        let work = backlog
        backlog = []
        for body in work { body() }
    }

    /// Does something later, unless there is another leader by then.
    func later(nanoseconds: UInt64, _ body: @escaping () -> Void) {
        let term = term
        world.after(nanoseconds) { [weak self] in
            guard let self, self.term == term, let leader = currentLeader else { return }
            if leader.isFrozen { return backlog.append(body) }
            body()
        }
    }

    /// Sends a message to whoever has subscribed to `subject`, from the leader.
    func send(_ message: ModelMessage, to subject: String) {
        guard let leader, leader.isUp else { return }
        cluster.send(message, to: subject, from: leader)
    }
}
