extension MessageTrace: CustomStringConvertible {
    /// One line for each step; servers behind others are indented.
    public var description: String {
        var lines = reports.flatMap { report in
            let indentation = String(repeating: "  ", count: HopNumbers(report.hop).depth)
            return report.lines.map { indentation + $0 }
        }
        if !isComplete { lines.append("(not all servers have reported)") }
        return lines.joined(separator: "\n")
    }
}

extension TraceReport {
    fileprivate var lines: [String] {
        let cluster = server.cluster.map { " (cluster \($0))" } ?? ""
        var first = "\(server.name)\(cluster):"
        var rest = events[...]
        if case .ingress(let ingress)? = rest.first {
            let verb = hop == nil ? "\(ingress.connection) published to" : "from \(ingress.connection), subject"
            first += " \(verb) \(ingress.subject)\(Self.suffix(ingress.error))"
            rest.removeFirst()
        }
        return [first] + rest.map { "  \($0.line)" }
    }

    fileprivate static func suffix(_ error: String?) -> String { error.map { " ✗ \($0)" } ?? "" }
}

extension TraceReport.Event {
    fileprivate var line: String {
        switch self {
        case .ingress(let ingress): "← \(ingress.connection), subject \(ingress.subject)" + TraceReport.suffix(error)
        case .subjectMapping(let mapping): "mapped to \(mapping.subject)"
        case .streamExport(let export): "exported to account \(export.account) as \(export.subject)"
        case .serviceImport(let service): "service of account \(service.account): \(service.from) as \(service.to)"
        case .jetStream(let stream):
            "→ stream \(stream.stream)" + (stream.hasNoInterest ? ", not stored: nobody is interested" : "")
                + TraceReport.suffix(error)
        case .egress(let egress): "→ \(egress.destination)" + TraceReport.suffix(error)
        case .unknown(let type, _): "(\(type))"
        }
    }
}

extension TraceReport.Egress {
    fileprivate var destination: String {
        let details = [
            account.map { "account \($0)" }, subscription.map { "subscription \($0)" },
            queueGroup.map { "queue group \($0)" }, hop.map { "hop \($0)" },
        ]
        return (["\(connection)"] + details.compactMap(\.self)).joined(separator: ", ")
    }
}

extension TraceReport.Connection: CustomStringConvertible {
    /// The kind and the name: `client "ingest-1"`; without a name the number.
    public var description: String { "\(kind) " + (name.map { "\"\($0)\"" } ?? "\(id)") }
}
