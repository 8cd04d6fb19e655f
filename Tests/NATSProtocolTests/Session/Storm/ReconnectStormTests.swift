@testable import NATSProtocol
import Testing

/// A thousand clients lose one server at the same moment. Pain point P34. Seeds are fixed, so every figure is exact; the
/// bounds leave room for another generator of random numbers, not for another policy.
@Suite struct ReconnectStormTests {
    private static let count = 1000
    private static let restarted = StormSimulation(clients: count, outageMilliseconds: 3_000)

    @Test func theFirstAttemptsAreSpreadEvenlyOverTheFirstDelay() {
        let first = Self.restarted.first
        #expect(first.count == Self.count)
        let tenths = StormSimulation.histogram(first, windowMilliseconds: 10)
        #expect(tenths.count == 10)
        #expect(tenths.allSatisfy { (60...140).contains($0) }, "\(tenths)")
    }

    @Test func attemptsThinOutWhileTheServerIsGone() {
        let all = Self.restarted.attempts.flatMap { $0 }
        let windows = StormSimulation.histogram(all, windowMilliseconds: 100)
        // The first delay is at most 100 ms: everybody's first attempt, and some second ones.
        #expect(windows[0] >= Self.count)
        // After half a second less than a third of them asks in the same window, after two less than a tenth.
        #expect(windows[5..<30].allSatisfy { $0 < Self.count / 3 }, "\(windows)")
        #expect(windows[20..<30].allSatisfy { $0 < Self.count / 10 }, "\(windows)")
        #expect(all.count < 10 * Self.count)
    }

    @Test func theyDoNotComeBackAllAtOnce() {
        let successful = Self.restarted.successful
        #expect(successful.allSatisfy { $0 >= 3_000 })
        #expect(StormSimulation.most(successful, withinMilliseconds: 100) < Self.count / 10)
        // The longest delay after the server is back.
        #expect(successful.allSatisfy { $0 <= 3_000 + 5_000 })
        let after = successful.map { $0 - 3_000 }
        let mean = after.reduce(0, +) / Double(after.count)
        let deviation = (after.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(after.count)).squareRoot()
        #expect(deviation / mean >= 0.5, "mean \(mean) ms, standard deviation \(deviation) ms")
    }

    @Test func aServerThatIsBackAtOnceSeesEverybodyWithinTheFirstDelay() {
        let restarted = StormSimulation(clients: Self.count, outageMilliseconds: 0)
        #expect(restarted.attempts.allSatisfy { $0.count == 1 && $0[0] <= 100 })
        #expect(StormSimulation.most(restarted.successful, withinMilliseconds: 10) < Self.count / 6)
    }

    @Test func refusedCredentialsAreTriedSlowlyFromTheFirstRefusalOn() {
        let refused = StormSimulation(clients: Self.count, outageMilliseconds: 60_000, isAuthenticationRefused: true)
        let later = refused.attempts.flatMap { $0.dropFirst() }.filter { $0 < 60_000 }
        // Every 2.5 s on average: half of the longest delay.
        #expect(later.count < Self.count * 30)
        #expect(StormSimulation.most(later, withinMilliseconds: 100) < Self.count / 10)
    }

    /// `swift test --filter ReconnectStorm --attachments-path FOLDER` writes the figures down.
    @Test func theFiguresAreKept() {
        let tables = [0, 3_000, 30_000].map { outage in
            StormSimulation(clients: Self.count, outageMilliseconds: outage).table(outageMilliseconds: outage)
        }
        #expect(tables.allSatisfy { $0.contains("| 0–100 |") })
        Attachment.record(tables.joined(separator: "\n"), named: "spread.md")
    }
}
