import Reactor
import Synchronization

/// Bounds the work that one connection has under way on helper threads. A file or a provider that hangs keeps its thread, and
/// each new attempt would add another.
final class HelperQuota: Sendable {
    private let underWay = Mutex(0)
    private let executor: any TaskExecutor

    init(on executor: any TaskExecutor = HelperExecutor.shared) { self.executor = executor }

    /// Begins `work`; nil when as much as is allowed hasn't come back yet. What `work` returns is called when its place is free
    /// again: whoever hears of the result may begin the next one at once.
    func start(_ work: @escaping @Sendable () async -> @Sendable () -> Void) -> Task<Void, Never>? {
        let isAllowed = underWay.withLock { count in
            guard count < ClientDefaults.helperWorkMax else { return false }
            count += 1
            return true
        }
        guard isAllowed else { return nil }
        return Task(executorPreference: executor) { [self] in
            let report = await work()
            underWay.withLock { $0 -= 1 }
            report()
        }
    }

    /// Why nothing more is begun, in one sentence.
    static let refusal =
        "\(ClientDefaults.helperWorkMax) earlier calls haven't come back: a file or a provider of the application hangs"
}
