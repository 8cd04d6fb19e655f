import Foundation
import NATSSimulator
import Synchronization

/// `hunt FIRST-SEED COUNT [jetstream]`: lives until a law is broken, or a life doesn't end. The last line names the seed and what came of it.
///
/// The exit code is 0 when nothing was found.
@main
enum Hunt {
    /// The seed of the life that is being lived.
    static let present = Atomic<UInt64>(0)

    static func main() {
        let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
        guard arguments.count == 2 else { return print("hunt FIRST-SEED COUNT [jetstream]") }
        let kind: Life.Kind = CommandLine.arguments.last == "jetstream" ? .jetStream : .core
        watch()
        for seed in arguments[0]..<(arguments[0] + arguments[1]) {
            present.store(seed, ordering: .sequentiallyConsistent)
            // For the case that this one crashes.
            FileHandle.standardOutput.write(Data("\(seed)\n".utf8))
            let report = Life(seed: seed, kind: kind).run()
            if let violation = report.violations.first { end(seed, violation) }
        }
    }

    /// Ends a life that computes for ever, or in which everybody waits for ever. Measured by the processor's time, since a
    /// busy machine may pause a process for seconds.
    static func watch() {
        Thread.detachNewThread {
            var seed = UInt64.max
            var began = Usage.now
            var last = began
            while true {
                Thread.sleep(forTimeInterval: 0.5)
                let now = Usage.now
                let presentSeed = present.load(ordering: .sequentiallyConsistent)
                if presentSeed != seed {
                    (seed, began, last) = (presentSeed, now, now)
                } else if now.processorSeconds - began.processorSeconds > 15 {
                    end(seed, "did not end: it computes for ever")
                } else if now.processorSeconds - last.processorSeconds > 0.1 {
                    last = now
                } else if now.seconds - last.seconds > 15 {
                    end(seed, "did not end: everybody waits for ever")
                }
            }
        }
    }

    static func end(_ seed: UInt64, _ violation: String) -> Never {
        print("\(seed)\t\(violation)")
        exit(1)
    }
}

/// What this process has used.
struct Usage {
    let seconds: Double
    let processorSeconds: Double

    static var now: Usage { Usage(seconds: read(CLOCK_MONOTONIC), processorSeconds: read(CLOCK_PROCESS_CPUTIME_ID)) }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
