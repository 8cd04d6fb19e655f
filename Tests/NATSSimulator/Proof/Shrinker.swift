/// Finds a short life that breaks the same law: leaves steps out as long as it does.
///
/// Delta debugging (Zeller and Hildebrandt 2002, `ddmin`) on the steps of a life.
package struct Shrinker {
    private let seed: UInt64
    private let kind: Life.Kind
    /// What must stay: the words of the violation, without what is counted in them.
    private let essence: String
    private let attemptsMax: Int
    package private(set) var attempts = 0

    /// Nil when this life breaks no law.
    package init?(seed: UInt64, kind: Life.Kind = .core, attemptsMax: Int = 400) {
        guard let violation = Life(seed: seed, kind: kind).run().violations.first else { return nil }
        self.seed = seed
        self.kind = kind
        self.attemptsMax = attemptsMax
        essence = Self.essence(of: violation)
    }

    /// The steps that are left, and those that were left out.
    package mutating func shrink() -> (kept: [Step], skipped: Set<Step>) {
        var skipped: Set<Step> = []
        var kept = Life(seed: seed, kind: kind).run().steps
        var parts = 2
        while kept.count > 1, attempts < attemptsMax {
            let size = (kept.count + parts - 1) / parts
            var hasShrunk = false
            for start in stride(from: 0, to: kept.count, by: size) {
                let part = Set(kept[start..<min(start + size, kept.count)])
                guard let report = failing(skipping: skipped.union(part)) else { continue }
                skipped.formUnion(part)
                // Without these, others may never be reached.
                let reached = Set(report.steps)
                kept = report.steps.filter { !skipped.contains($0) && reached.contains($0) }
                parts = max(2, parts - 1)
                hasShrunk = true
                break
            }
            if hasShrunk { continue }
            if size == 1 { break }
            parts = min(kept.count, parts * 2)
        }
        return (kept, skipped)
    }

    /// The life without these steps, if it breaks the same law.
    private mutating func failing(skipping skipped: Set<Step>) -> Life.Report? {
        guard attempts < attemptsMax else { return nil }
        attempts += 1
        let report = Life(seed: seed, kind: kind, skipping: skipped).run()
        return report.violations.contains { Self.essence(of: $0) == essence } ? report : nil
    }

    private static func essence(of violation: String) -> String {
        String(violation.filter { !$0.isNumber }.prefix(60))
    }
}
