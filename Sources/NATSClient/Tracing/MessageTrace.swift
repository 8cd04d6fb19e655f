/// The way of one message through the servers: what each of them has reported.
///
/// Printed, it looks like this:
///
///     n1 (cluster C): client "ingest-1" published to orders.new
///       → client "billing", subscription orders.>, queue group workers
///       → router "n2", hop 1
///       n2 (cluster C): from router "n1"
///         → client "audit", subscription orders.*
public struct MessageTrace: Hashable, Sendable {
    /// One report of each server, a server before those that it passed the message to.
    public let reports: [TraceReport]

    /// A trace of reports that were collected by hand, in any order.
    public init(_ reports: [TraceReport]) {
        self.reports = reports.map { ($0, HopNumbers($0.hop)) }.sorted { $0.1 < $1.1 }.map(\.0)
    }

    /// Whether every server to which the message was passed has reported. False when the time was over before; reports can
    /// also be lost with a connection.
    public var isComplete: Bool {
        reports.first.map { $0.hop == nil } == true && reports.allSatisfy { isComplete(behind: $0) }
    }

    /// Where the message went out to, over all servers: clients, other servers, and what failed.
    public var egresses: [TraceReport.Egress] {
        reports.flatMap(\.events).compactMap { if case .egress(let egress) = $0 { egress } else { nil } }
    }

    /// The subscriptions of clients to which the message was delivered; with `onlyTrace` those to which it would have been.
    public var deliveries: [TraceReport.Egress] {
        egresses.filter { $0.connection.kind == .client && $0.error == nil }
    }

    /// The streams that the message came to.
    public var streams: [TraceReport.JetStream] {
        reports.flatMap(\.events).compactMap { if case .jetStream(let stream) = $0 { stream } else { nil } }
    }

    /// What stopped the message, or a copy of it, in the servers' words.
    public var errors: [String] { reports.flatMap(\.events).compactMap(\.error) }

    /// Counts, and doesn't enumerate, since the number comes from the wire. A server that doesn't know of tracing, or that
    /// couldn't be reached, reports nothing: its egress has an error.
    private func isComplete(behind report: TraceReport) -> Bool {
        let children = reports.count { HopNumbers($0.hop).isChild(of: HopNumbers(report.hop)) }
        let failures = report.events.count { event in
            if case .egress(let egress) = event { egress.hop != nil && egress.error != nil } else { false }
        }
        return children + failures >= report.hopCount
    }
}

/// The numbers of `2.1`; none for the first server.
struct HopNumbers: Comparable {
    private let numbers: [Int]

    init(_ hop: String?) {
        numbers = hop?.split(separator: ".").map { Int($0) ?? .max } ?? []
    }

    /// How many servers the message has passed before.
    var depth: Int { numbers.count }

    func isChild(of parent: HopNumbers) -> Bool {
        numbers.count == parent.numbers.count + 1 && numbers.starts(with: parent.numbers)
    }

    static func < (left: HopNumbers, right: HopNumbers) -> Bool {
        left.numbers.lexicographicallyPrecedes(right.numbers)
    }
}

extension TraceReport.Event {
    /// Why the message went no further, or not this way.
    public var error: String? {
        switch self {
        case .ingress(let ingress): ingress.error
        case .jetStream(let stream): stream.error
        case .egress(let egress): egress.error
        case .subjectMapping, .streamExport, .serviceImport, .unknown: nil
        }
    }
}
