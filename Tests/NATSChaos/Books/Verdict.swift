import Foundation
import Synchronization

/// The time since the beginning of a run.
struct RunClock: Sendable {
    private let start = ContinuousClock.now

    var seconds: Double { Self.seconds(ContinuousClock.now - start) }

    static func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
}

/// What broke a law, and when.
final class Verdict: Sendable {
    struct Violation: Sendable {
        let seconds: Double
        let text: String
    }

    /// As many are printed and kept; further ones are counted.
    private static let keptMax = 40

    let clock: RunClock
    private let name: String
    private let isQuiet: Bool
    private let state = Mutex<(kept: [Violation], count: Int)>(([], 0))

    /// - Parameter isQuiet: nothing is printed.
    init(name: String, clock: RunClock, isQuiet: Bool = false) {
        self.name = name
        self.isQuiet = isQuiet
        self.clock = clock
    }

    var violations: [Violation] { state.withLock { $0.kept } }
    var count: Int { state.withLock { $0.count } }

    func violation(_ text: String) {
        let violation = Violation(seconds: clock.seconds, text: text)
        let isKept = state.withLock { state in
            state.count += 1
            if state.count <= Self.keptMax { state.kept.append(violation) }
            return state.count <= Self.keptMax
        }
        if isKept, !isQuiet { say("VIOLATION \(name) at \(String(format: "%.2f", violation.seconds)) s: \(text)") }
    }

    func check(_ condition: Bool, _ text: @autoclosure () -> String) {
        if !condition { violation(text()) }
    }
}

/// One line to the error output, which isn't buffered.
func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
