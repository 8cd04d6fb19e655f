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

    /// The contract.
    static let keys = [
        "workload", "size", "headers", "messages", "seconds", "messages_per_second", "megabytes_per_second",
        "cpu_ns_per_message", "allocations_per_message", "peak_rss_kb", "p50_us", "p90_us", "p99_us", "p999_us", "max_us",
        "backend", "delivery", "payload", "executor", "connections", "inflight",
    ]

    var json: String { Figure.json(figures) }

    var table: String {
        let rows = figures.filter { $0.value != .absent }.map { ($0.name, $0.value.text) }
        let notes = outcome.notes.map { ($0.name, $0.value) }
        let width = (rows + notes).map(\.0.count).max() ?? 0
        return (rows + notes)
            .map { $0.0 + String(repeating: " ", count: width + 2 - $0.0.count) + $0.1 }
            .joined(separator: "\n")
    }

    /// All keys with their values.
    var figures: [(name: String, value: Figure)] { zip(Self.keys, values).map { ($0, $1) } }

    private var values: [Figure] {
        let seconds = outcome.window.seconds
        let messages = Double(outcome.messages)
        let megabytes = workload.hasPayload ? messages * Double(options.size) / 1e6 / seconds : nil
        // An idle connection has no messages.
        let units = workload == .idle ? seconds : messages
        return [
            .text(workload.rawValue),
            Figure(workload.hasPayload ? options.size : nil),
            Figure(workload.hasPayload ? options.headers : nil),
            .integer(outcome.messages),
            Figure(seconds, digits: 6),
            Figure(messages / seconds, digits: 3),
            Figure(megabytes, digits: 3),
            Figure(Double(outcome.window.processorNanoseconds) / units, digits: 1),
            Figure(Double(outcome.window.allocations) / units, digits: 4),
            Figure(Int(exactly: peakResidentKilobytes)),
            Figure(outcome.percentiles?.p50, digits: 3),
            Figure(outcome.percentiles?.p90, digits: 3),
            Figure(outcome.percentiles?.p99, digits: 3),
            Figure(outcome.percentiles?.p999, digits: 3),
            Figure(outcome.percentiles?.max, digits: 3),
            Figure(backend),
            Figure(workload.receives ? options.delivery.rawValue : nil),
            Figure(workload == .pub ? options.payload.rawValue : nil),
            Figure(workload.hasMessages ? options.executor.rawValue : nil),
            .integer(options.connectionCount(workload)),
            Figure(workload.pulls ? options.window : workload.hasInflight ? options.inflight : nil),
        ]
    }
}

extension Workload {
    /// Payloads of `--size`; those that reply echoes have any size.
    var hasPayload: Bool {
        switch self {
        case .pub, .sub, .request, .latency, .streamPublish, .streamPublishSync, .streamConsume, .streamFetch, .keyPut, .keyGet,
            .keyWatch, .objectPut, .objectGet:
            true
        case .reply, .idle, .connect: false
        }
    }
    /// `--inflight` means something.
    var hasInflight: Bool {
        switch self {
        case .request, .connect, .streamPublish, .streamPublishSync, .streamConsume, .streamFetch, .keyPut, .keyGet: true
        case .pub, .sub, .reply, .latency, .idle, .keyWatch, .objectPut, .objectGet: false
        }
    }
    /// By `--delivery`.
    var receives: Bool { self == .sub || self == .reply || self == .latency || self == .streamConsume }
    var pulls: Bool { self == .streamConsume || self == .streamFetch }
    var hasMessages: Bool { hasPayload || receives }
}
