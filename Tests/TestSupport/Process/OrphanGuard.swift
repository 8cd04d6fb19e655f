import CTestSupport
import Glibc

/// Ends a child and removes its folder when this process dies without having done so: after a crash, or when a test
/// runner is killed.
///
/// A small shell waits at the other end of a pipe. The pipe closes with this process, however it ends. The child's
/// working directory proves that the id is still the child's.
final class OrphanGuard: Sendable {
    private let shell: ChildProcess
    private let pipeEnd: Int32

    init(protecting child: ChildProcess, folder: String) throws {
        var ends: [Int32] = [-1, -1]
        let status = unsafe ctest_pipe(&ends, false)
        guard status == 0 else { throw SocketError(operation: "pipe", code: -status) }
        defer { close(ends[0]) }
        let script = """
            read -r _
            if [ "$(readlink "/proc/$1/cwd")" = "$2" ]; then kill -KILL "$1"; fi
            rm -rf -- "$2"
            """
        do {
            shell = try ChildProcess.spawn(
                "/bin/sh", ["-c", script, "orphan-guard", String(child.id), folder], workingDirectory: "/",
                outputFile: "/dev/null", standardInput: ends[0])
        } catch {
            close(ends[1])
            throw error
        }
        pipeEnd = ends[1]
    }

    /// The child has ended in an orderly way.
    func dismiss() { shell.killAndWait() }

    deinit {
        shell.killAndWait()
        close(pipeEnd)
    }
}
