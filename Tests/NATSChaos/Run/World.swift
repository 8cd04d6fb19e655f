import NATSClient
import Reactor
import Synchronization
import TestSupport

/// What all parts of one run share.
final class World: Sendable {
    static let requestTimeout = Duration.seconds(2)
    /// A process of a busy machine may stand still for seconds.
    static let slackSeconds = 5.0
    /// In a storm, a connection may be harmed again and again before a flush is through.
    static let flushSecondsMax = 60.0
    /// After the storm everybody has to be well again within this time: an attempt that times out, a pause, and another one.
    static let settleSecondsMax = 15.0

    /// The backend's name.
    let name: String
    let clock: RunClock
    let verdict: Verdict
    let faults: FaultLog
    let cluster: NATSCluster
    let realm: Realm
    let loop: EventLoop
    let watch: ServerWatch
    private let ending = Mutex(false)

    init(name: String, clock: RunClock, cluster: NATSCluster, realm: Realm, loop: EventLoop) {
        (self.name, self.clock, self.cluster, self.realm, self.loop) = (name, clock, cluster, realm, loop)
        verdict = Verdict(name: name, clock: clock)
        faults = FaultLog(clock: clock)
        watch = ServerWatch(clock: clock)
    }

    /// The load is to end.
    var isEnding: Bool { ending.withLock { $0 } }

    func end() { ending.withLock { $0 = true } }
}
