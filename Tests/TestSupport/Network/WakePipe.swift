import CTestSupport
import Glibc

/// A pipe that wakes a thread out of `poll`. Both ends are non-blocking and closed on exec.
final class WakePipe: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32

    init() throws(SocketError) {
        var ends: [Int32] = [-1, -1]
        let status = unsafe ctest_pipe(&ends, true)
        guard status == 0 else { throw SocketError(operation: "pipe", code: -status) }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    func wake() {
        var byte: UInt8 = 1
        unsafe _ = write(writeEnd, &byte, 1)
    }

    func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while unsafe read(readEnd, &bytes, bytes.count) > 0 {}
    }
}
