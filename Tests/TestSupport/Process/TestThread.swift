import CTestSupport
import Glibc
import Synchronization

/// A named thread that can be joined: blocking test servers run on one, never on Swift's pool. One that nobody joins cleans up
/// after itself.
final class TestThread: Sendable {
    private let handle: Mutex<pthread_t?>

    /// Starts the thread; `name` is cut to the kernel's 15 bytes.
    init(name: String, _ body: @escaping @Sendable () -> Void) {
        let start = unsafe Unmanaged.passRetained(ThreadStart(name: name, body: body)).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
                unsafe ctest_set_thread_name(start.name)
                start.body()
                return nil
            }, start)
        if status != 0 { unsafe Unmanaged<ThreadStart>.fromOpaque(start).release() }
        handle = Mutex(status == 0 ? thread : nil)
    }

    deinit {
        if let thread = take() { pthread_detach(thread) }
    }

    /// Waits for the end of the thread; later calls return at once.
    func join() {
        if let thread = take() { pthread_join(thread, nil) }
    }

    private func take() -> pthread_t? {
        handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
    }
}

private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}
