internal import CReactor


public final class EventLoop: Sendable {
    public static let shared = EventLoop()

    public init(configuration: Configuration = Configuration()) { forkPage = ForkPage() }
    public func start() throws(ReactorError) {}
    public var backend: BackendReport? { nil }
    public var statistics: ReactorStatistics { ReactorStatistics() }
    public var taskExecutor: EventLoopTaskExecutor { EventLoopTaskExecutor() }
    public var serialExecutor: EventLoopSerialExecutor { EventLoopSerialExecutor() }
    public func shutdown() {}
    package func execute(_ work: @escaping @Sendable (borrowing OnReactor) -> Void) throws(ReactorError) {}
    package func schedule(_ handler: any TurnHandler) {}
    package var isOnLoopThread: Bool { false }

    @usableFromInline let forkPage: ForkPage
    @inlinable package var isForkedChild: Bool { forkPage.isForkedChild }
}
