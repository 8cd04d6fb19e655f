/// A defect that the client is given on purpose, to see whether the simulator notices.
///
/// Its text names the defect and what it breaks, then says where it is:
///
///     title: The queue group is lost when a subscription is replayed
///     pain point: P17
///     invariant: 3
///     lives: jetstream
///
///     in Sources/NATSProtocol/Session/Session+Subscriptions.swift
///         subject: record.subject, queueGroup: «record.queueGroup», sid: sid, into: &buffer)
///     becomes
///         nil
///
/// Without `lives`, those of core NATS are to show it. What stands between the marks becomes something else; the rest is there to find it by, and stays. Without marks all of it
/// becomes something else. White space counts as little as it does to the compiler. There may be several such places.
package struct Mutation: Sendable {
    /// `queue-group-lost` of `queue-group-lost.mutation`.
    package let name: String
    package let title: String
    /// The kind of pain point that it is of: `P17`.
    package let painPoint: String
    /// The invariant of the design that it breaks: 1 to 7.
    package let invariant: Int
    /// The lives that show it are those with JetStream.
    package let needsJetStream: Bool
    package let edits: [Edit]

    /// One place of a defect.
    package struct Edit: Sendable {
        package let path: String
        /// What stands before the part that changes, that part, and what stands behind it.
        package var before = ""
        package var original = ""
        package var after = ""
        package var replacement = ""

        init(path: String) { self.path = path }
    }

    package init(name: String, text: String) throws(MutationError) {
        self.name = name
        var fields: [String: String] = [:]
        var edits: [Edit] = []
        var found: [String] = []
        var replacement: [String] = []
        var isReplacing = false
        func finishEdit() throws(MutationError) {
            guard !edits.isEmpty else { return }
            try edits[edits.count - 1].take(found: found, replacement: replacement, of: name)
            (found, replacement, isReplacing) = ([], [], false)
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("    ") {
                if isReplacing { replacement.append(String(line.dropFirst(4))) } else { found.append(String(line.dropFirst(4))) }
            } else if line.hasPrefix("in ") {
                try finishEdit()
                edits.append(Edit(path: String(line.dropFirst(3))))
            } else if line == "becomes" {
                isReplacing = true
            } else if let colon = line.firstIndex(of: ":"), edits.isEmpty {
                fields[String(line[..<colon])] = String(line[line.index(after: colon)...].drop { $0 == " " })
            } else if !line.isEmpty {
                throw MutationError(name, "doesn't understand '\(line)'")
            }
        }
        try finishEdit()
        guard let title = fields["title"], let painPoint = fields["pain point"],
            let invariant = fields["invariant"].flatMap({ Int($0) }), (1...7).contains(invariant), !edits.isEmpty
        else { throw MutationError(name, "needs a title, a pain point, an invariant from 1 to 7 and a place") }
        self.title = title
        self.painPoint = painPoint
        self.invariant = invariant
        guard fields["lives"] == nil || fields["lives"] == "jetstream" else {
            throw MutationError(name, "there are no lives but those of jetstream, and the others")
        }
        needsJetStream = fields["lives"] != nil
        self.edits = edits
    }
}

extension Mutation.Edit {
    fileprivate mutating func take(found: [String], replacement: [String], of name: String) throws(MutationError) {
        let text = found.joined(separator: "\n")
        self.replacement = replacement.joined(separator: "\n")
        guard let start = text.firstIndex(of: "«"), let end = text.firstIndex(of: "»"), start < end else {
            original = text
            if text.isEmpty { throw MutationError(name, "says nothing of what it changes in \(path)") }
            return
        }
        before = String(text[..<start])
        original = String(text[text.index(after: start)..<end])
        after = String(text[text.index(after: end)...])
    }
}

/// Why a mutation can't be used.
package struct MutationError: Error, CustomStringConvertible {
    package let description: String

    package init(_ name: String, _ what: String) { description = "\(name): \(what)" }
}
