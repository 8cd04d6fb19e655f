import Foundation
package import Testing

/// Runs `body` and fails the test when it leaves a descriptor or a named thread behind.
///
/// Waits, bounded by `limit`, until everything that `body` opened is closed. It sees the whole process, so run it where
/// nothing else runs: in an exit test.
///
///     await #expect(processExitsWith: .success) {
///         try await withLeakGuard { … }
///     }
///
/// The threads of the Swift runtime's pool come and go as the runtime likes and are not counted: they bear the process's
/// name or their queue's. Every thread of the library and of this module has a name of its own.
@discardableResult
package func withLeakGuard<Value>(
    within limit: Duration = .seconds(30),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Value
) async throws -> Value {
    // The runtime opens the descriptors of its timers at their first use, for ever: not what we look for.
    try await Task.sleep(for: .milliseconds(1), clock: .continuous)
    try await Task.sleep(for: .milliseconds(1), clock: .suspending)
    let before = ProcessResources.now()
    let value = try await body()
    let isClean = try await holds(within: limit) { ProcessResources.now().leaks(since: before).isEmpty }
    if !isClean {
        let leaks = ProcessResources.now().leaks(since: before).joined(separator: ", ")
        Issue.record("left behind after \(limit): \(leaks)", sourceLocation: sourceLocation)
    }
    return value
}

/// What this process holds open right now.
package struct ProcessResources: Sendable, Equatable {
    /// Descriptor → what it is, as the kernel names it (`socket:[81223]`), without timer descriptors.
    package let descriptors: [String: String]
    /// Thread id → name, without the threads of the runtime's pool.
    package let threads: [String: String]

    package static func now() -> ProcessResources {
        let files = FileManager.default
        var descriptors: [String: String] = [:]
        for name in (try? files.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            // The descriptor of this very listing is gone by now and has no target.
            guard let target = try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)") else { continue }
            // The runtime makes one for its timers whenever it likes; the library has none.
            if target == "anon_inode:[timerfd]" { continue }
            descriptors[name] = target
        }
        let processName = threadName(of: String(getpid()))
        var threads: [String: String] = [:]
        for id in (try? files.contentsOfDirectory(atPath: "/proc/self/task")) ?? [] {
            guard let name = threadName(of: id), name != processName, !name.contains("-qos") else { continue }
            threads[id] = name
        }
        return ProcessResources(descriptors: descriptors, threads: threads)
    }

    /// One line for every descriptor and thread that wasn't there before.
    package func leaks(since before: ProcessResources) -> [String] {
        let openDescriptors = descriptors.filter { before.descriptors[$0.key] != $0.value }
        let liveThreads = threads.filter { before.threads[$0.key] == nil }
        return openDescriptors.map { "descriptor \($0.key) (\($0.value))" }.sorted()
            + liveThreads.map { "thread \($0.key) (\($0.value))" }.sorted()
    }

    private static func threadName(of id: String) -> String? {
        guard let text = try? String(contentsOfFile: "/proc/self/task/\(id)/comm", encoding: .utf8) else { return nil }
        return String(text.prefix { $0 != "\n" })
    }
}
