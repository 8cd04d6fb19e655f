import Foundation

/// How many times longer than written the tests wait before they take a wait for a hang.
///
/// `NATS_TEST_PATIENCE` sets it, from 1 (the default) to 100: for machines that do much else, and for sanitizers, under which
/// code is many times slower. It changes no verdict but "too late".
package enum Patience {
    package static let factor: Int = {
        let text = ProcessInfo.processInfo.environment["NATS_TEST_PATIENCE"] ?? ""
        return min(100, max(1, Int(text) ?? 1))
    }()
}
