/// What a workload hands back.
struct Outcome {
    var messages: Int
    var window: Window
    var percentiles: Percentiles?
    /// Further figures, for people.
    var notes: [(name: String, value: String)] = []
    /// Why the figures don't say what was asked for.
    var complaint: String?
}

/// The figures of one run, as one JSON line or as a table.
struct Report {
    let workload: Workload
    let options: Options
    let outcome: Outcome
    /// The backend that ran.
    let backend: String?
    let peakResidentKilobytes: UInt64

    var json: String { Figure.json(figures) }

    var table: String {
        let rows = figures.filter { $0.value != .absent }.map { ($0.name, $0.value.text) }
        let notes = outcome.notes.map { ($0.name, $0.value) }
        let width = (rows + notes).map(\.0.count).max() ?? 0
        return (rows + notes)
            .map { $0.0 + String(repeating: " ", count: width + 2 - $0.0.count) + $0.1 }
            .joined(separator: "\n")
    }

    /// All keys, in the order of the contract.
    var figures: [(name: String, value: Figure)] {
        let seconds = outcome.window.seconds
        let messages = Double(outcome.messages)
        let size = Figure(workload.hasPayload ? options.size : nil)
        let megabytes = workload.hasPayload ? messages * Double(options.size) / 1e6 / seconds : nil
        // An idle connection has no messages.
        let units = workload == .idle ? seconds : messages
        return [
            ("workload", .text(workload.rawValue)),
            ("size", size),
            ("headers", Figure(workload.hasPayload ? options.headers : nil)),
            ("messages", .integer(outcome.messages)),
            ("seconds", Figure(seconds, digits: 6)),
            ("messages_per_second", Figure(messages / seconds, digits: 3)),
            ("megabytes_per_second", Figure(megabytes, digits: 3)),
            ("cpu_ns_per_message", Figure(Double(outcome.window.processorNanoseconds) / units, digits: 1)),
            ("allocations_per_message", Figure(Double(outcome.window.allocations) / units, digits: 4)),
            ("peak_rss_kb", Figure(Int(exactly: peakResidentKilobytes))),
            ("p50_us", Figure(outcome.percentiles?.p50, digits: 3)),
            ("p90_us", Figure(outcome.percentiles?.p90, digits: 3)),
            ("p99_us", Figure(outcome.percentiles?.p99, digits: 3)),
            ("p999_us", Figure(outcome.percentiles?.p999, digits: 3)),
            ("max_us", Figure(outcome.percentiles?.max, digits: 3)),
            ("backend", Figure(backend)),
            ("delivery", Figure(workload.receives ? options.delivery.rawValue : nil)),
            ("payload", Figure(workload == .pub ? options.payload.rawValue : nil)),
            ("executor", Figure(workload.hasMessages ? options.executor.rawValue : nil)),
            ("connections", .integer(options.connectionCount(workload))),
            ("inflight", Figure(workload == .request || workload == .connect ? options.inflight : nil)),
        ]
    }
}

extension Workload {
    /// Payloads of `--size`; those that reply echoes have any size.
    var hasPayload: Bool { self == .pub || self == .sub || self == .request || self == .latency }
    /// By `--delivery`.
    var receives: Bool { self == .sub || self == .reply || self == .latency }
    var hasMessages: Bool { hasPayload || receives }
}
