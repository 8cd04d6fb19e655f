import CTestSupport
import Foundation
import Synchronization

/// A child process that is signalled and waited for by its id, and never after it was reaped.
///
/// The child inherits none of our descriptors, blocks no signal, and reads nothing.
final class ChildProcess: Sendable {
    let id: pid_t
    /// The raw wait status, once reaped.
    private let status = Mutex<Int32?>(nil)

    private init(id: pid_t) {
        self.id = id
    }

    /// - Parameters:
    ///   - standardInput: a descriptor that the child gets as its own; nil for an empty input.
    ///   - outputFile: where output and errors are appended.
    static func spawn(
        _ executable: String, _ arguments: [String], workingDirectory: String, outputFile: String,
        standardInput: Int32? = nil
    ) throws -> ChildProcess {
        var words = unsafe ([executable] + arguments).map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        let id = unsafe ctest_spawn(executable, words, workingDirectory, outputFile, standardInput ?? -1)
        guard id > 0 else { throw SocketError(operation: "spawn \(executable)", code: -id) }
        return ChildProcess(id: id)
    }

    /// True until the child has ended; reaps it then.
    var isRunning: Bool {
        status.withLock { status in
            reap(&status, options: WNOHANG)
            return status == nil
        }
    }

    /// Sends a signal, unless the child has ended.
    func signal(_ number: Int32) {
        status.withLock { status in
            reap(&status, options: WNOHANG)
            if status == nil { kill(id, number) }
        }
    }

    /// SIGSTOP, and waits until no thread of it runs any more: the signal reaches one after the other.
    func freeze() {
        signal(SIGSTOP)
        let files = FileManager.default
        let tasks = "/proc/\(id)/task"
        for _ in 0..<1_000 {
            let states = ((try? files.contentsOfDirectory(atPath: tasks)) ?? []).map { task in
                // The state follows the name, which is in parentheses.
                (try? String(contentsOfFile: "\(tasks)/\(task)/stat", encoding: .utf8))?.split(separator: ") ").last?.first
            }
            if states.allSatisfy({ $0 == nil || $0 == "T" }) { return }
            usleep(1_000)
        }
    }

    /// SIGKILL, and waits for the end, which the kernel brings about at once.
    func killAndWait() {
        status.withLock { status in
            if status == nil { kill(id, SIGKILL) }
            reap(&status, options: 0)
        }
    }

    /// Blocks until the child has ended; the raw wait status, 0 for exit code 0.
    func waitBlocking() -> Int32 {
        status.withLock { status in
            reap(&status, options: 0)
            return status ?? -1
        }
    }

    /// Waits for the child to end by itself.
    func waitForEnd(within limit: Duration) async throws -> Bool {
        try await holds(within: limit) { !isRunning }
    }

    private func reap(_ status: inout Int32?, options: Int32) {
        guard status == nil else { return }
        var raw: Int32 = 0
        while true {
            let reaped = unsafe waitpid(id, &raw, options)
            if reaped == id { status = raw }
            if reaped >= 0 || errno != EINTR { return }
        }
    }
}
