import Synchronization

/// What happened, in order, for people who look at a failed life. Costs nothing when it isn't kept.
package final class Trace: Sendable {
    private let isKept: Bool
    private let lines = Mutex<[String]>([])

    package init(isKept: Bool = false) { self.isKept = isKept }

    package func note(_ nanoseconds: UInt64, _ text: @autoclosure () -> String) {
        guard isKept else { return }
        let milliseconds = nanoseconds / 1_000_000
        let rest = String(nanoseconds / 1_000 % 1_000 + 1_000).dropFirst()
        let line = "\(milliseconds).\(rest) \(text())"
        lines.withLock { $0.append(line) }
    }

    /// The beginning of some bytes, for people.
    package static func shown(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix(70), as: UTF8.self).debugDescription + (bytes.count > 70 ? " …" : "")
    }

    package var text: String { lines.withLock { $0.joined(separator: "\n") } }
}
