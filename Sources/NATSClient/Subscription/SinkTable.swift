// Memory-safety fence: the table holds its sinks by hand-kept references, so that looking one up and calling it
// costs no retain.
//
// Invariant: every non-nil reference in `entries` owns one retain, released by `remove` and deinit. `withInline` uses
// a reference only during the call, and nothing removes entries during it: removals come by the mailbox.

import NATSProtocol
import Reactor

/// Where the messages of a subscription go.
enum SinkKind: UInt8 {
    case none
    case queue
    case inline
    case requestInbox
    case reactor
    /// A queue or an inline handler with a monitor.
    case monitored
}

/// Subscription index → sink, in constant time.
@safe
struct SinkTable: ~Copyable {
    @safe
    private struct Entry {
        var kind = SinkKind.none
        var object: Unmanaged<AnyObject>?
        var id: SubscriptionID?
        var subject = ""
        var queueGroup: String?
    }

    private var entries: [Entry] = []

    init() {}

    deinit {
        for entry in entries { unsafe entry.object?.release() }
    }

    @inline(__always)
    func kind(_ index: Int) -> SinkKind {
        index >= 0 && index < entries.count ? entries[index].kind : .none
    }

    mutating func insert(
        _ id: SubscriptionID, kind: SinkKind, object: AnyObject?, subject: String, queueGroup: String?
    ) {
        while entries.count <= id.index { entries.append(Entry()) }
        unsafe entries[id.index].object?.release()
        entries[id.index] = unsafe Entry(
            kind: kind, object: object.map { unsafe Unmanaged.passRetained($0) }, id: id, subject: subject,
            queueGroup: queueGroup)
    }

    func contains(_ id: SubscriptionID) -> Bool {
        id.index < entries.count && entries[id.index].id == id
    }

    func name(_ index: Int) -> (subject: String, queueGroup: String?) {
        guard index >= 0, index < entries.count else { return ("", nil) }
        return (entries[index].subject, entries[index].queueGroup)
    }

    func id(_ index: Int) -> SubscriptionID? {
        index >= 0 && index < entries.count ? entries[index].id : nil
    }

    func queue(_ index: Int) -> DeliveryQueue? {
        switch kind(index) {
        case .queue:
            guard let object = unsafe entries[index].object else { return nil }
            return unsafe unsafeDowncast(object.takeUnretainedValue(), to: DeliveryQueue.self)
        case .monitored: return monitoredSink(index)?.queue
        case .none, .inline, .requestInbox, .reactor: return nil
        }
    }

    func inlineSink(_ index: Int) -> InlineSink? {
        if kind(index) == .monitored { return monitoredSink(index)?.inlineSink }
        guard kind(index) == .inline, let object = unsafe entries[index].object else { return nil }
        return unsafe unsafeDowncast(object.takeUnretainedValue(), to: InlineSink.self)
    }

    func monitoredSink(_ index: Int) -> MonitoredSink? {
        guard kind(index) == .monitored, let object = unsafe entries[index].object else { return nil }
        return unsafe unsafeDowncast(object.takeUnretainedValue(), to: MonitoredSink.self)
    }

    /// Calls the inline handler with a borrowed view.
    @inline(__always)
    func callInline(_ index: Int, _ block: borrowing ReceiveBlock, _ layout: MessageLayout) {
        guard kind(index) == .inline, let object = unsafe entries[index].object else { return }
        unsafe object._withUnsafeGuaranteedRef { reference in
            let sink = unsafe unsafeDowncast(reference, to: InlineSink.self)
            sink.count(layout)
            sink.handler(MessageView(block, layout: layout))
        }
    }

    /// Hands a borrowed view to a sink of the library's own.
    @inline(__always)
    func callReactorSink(_ index: Int, _ block: borrowing ReceiveBlock, _ layout: MessageLayout) {
        guard kind(index) == .reactor, let object = unsafe entries[index].object else { return }
        unsafe object._withUnsafeGuaranteedRef { reference in
            let holder = unsafe unsafeDowncast(reference, to: ReactorSinkHolder.self)
            holder.sink.receive(MessageView(block, layout: layout))
        }
    }

    func reactorSink(_ index: Int) -> (any ReactorSink)? {
        guard kind(index) == .reactor, let object = unsafe entries[index].object else { return nil }
        return unsafe unsafeDowncast(object.takeUnretainedValue(), to: ReactorSinkHolder.self).sink
    }

    /// Every sink of the library's own.
    func forEachReactorSink(_ body: (any ReactorSink) -> Void) {
        for index in entries.indices {
            if let sink = reactorSink(index) { body(sink) }
        }
    }

    mutating func remove(_ id: SubscriptionID) {
        guard contains(id) else { return }
        unsafe entries[id.index].object?.release()
        entries[id.index] = Entry()
    }

    /// Every queue, with the subscription to which it belongs.
    func forEachQueue(_ body: (DeliveryQueue) -> Void) {
        for index in entries.indices {
            if let queue = queue(index) { body(queue) }
        }
    }
}
