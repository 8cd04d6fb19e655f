import NATSProtocol
import Reactor

/// What the driver holds for a monitored subscription.
///
/// `@unchecked Sendable`: `state` is only touched by functions that take the `OnReactor` capability, or are called by ones that
/// do; everything else is immutable and Sendable.
final class MonitoredSink: @unchecked Sendable {
    enum Target {
        case queue(DeliveryQueue)
        case inline(InlineSink)
    }

    struct State {
        var id: SubscriptionID?
        /// Until the subscription ends.
        var driver: ConnectionDriver?
        var messages = 0
        var bytes = 0
        /// It waits to be settled at the end of the chunk.
        var isTouched = false
        /// What the monitor knows of what was taken.
        var toldMessages = 0
        var toldBytes = 0
        /// What the queue was asked to tell.
        var tellAtMessages = -1
        var tellAtBytes = -1
        var timer: TimerID?
        /// No later than the monitor's deadline.
        var timerDeadline = Timestamp.distantFuture
        /// The monitor has said that all is over.
        var isOver = false
        /// What still comes is for the user.
        var handsOutLateMessages = false
    }

    let monitor: any SubscriptionMonitor
    let scope: MonitorScope
    let target: Target
    let core: ConnectionCore
    let state = Pinned(State())

    init(monitor: any SubscriptionMonitor, scope: MonitorScope, target: Target, core: ConnectionCore) {
        self.monitor = monitor
        self.scope = scope
        self.target = target
        self.core = core
        if case .queue(let queue) = target {
            queue.watchTakes { [weak self] in self?.wake() }
        }
    }

    var queue: DeliveryQueue? {
        if case .queue(let queue) = target { queue } else { nil }
    }

    var inlineSink: InlineSink? {
        if case .inline(let sink) = target { sink } else { nil }
    }

    /// Consumers took as much as the monitor wanted to know of. From any thread; no allocation.
    private func wake() { core.loop.schedule(self) }

    /// Whether the monitor wants to see this message.
    @inline(__always)
    func inspects(_ layout: MessageLayout, of block: ReceiveBlock) -> Bool {
        switch scope {
        case .subject(let prefix):
            return Self.hasPrefix(prefix, layout, block)
        case .headers(let prefix): return layout.headerCount != 0 || Self.hasPrefix(prefix, layout, block)
        case .everything: return true
        }
    }

    @inline(__always)
    private static func hasPrefix(_ prefix: [UInt8], _ layout: MessageLayout, _ block: ReceiveBlock) -> Bool {
        guard Int(layout.subjectCount) >= prefix.count, !prefix.isEmpty else { return false }
        let subject = block.bytes(from: Int(layout.subjectStart), count: prefix.count)
        guard subject[0] == prefix[0] else { return false }
        var index = 1
        while index < prefix.count {
            guard subject[index] == prefix[index] else { return false }
            index &+= 1
        }
        return true
    }
}

extension MonitoredSink: TurnHandler {
    func runTurn(_ on: borrowing OnReactor) {
        guard let driver = state.value.driver else { return }
        driver.messagesWereTaken(self, on)
        driver.settle(on)
    }
}

extension MonitoredSink: TimerHandler {
    func timerDidFire(_ id: TimerID, _ on: borrowing OnReactor) {
        guard state.value.timer == id, let driver = state.value.driver else { return }
        state.value.timerDeadline = .distantFuture
        driver.settleMonitor(self, .deadline, on)
        driver.settle(on)
    }
}
