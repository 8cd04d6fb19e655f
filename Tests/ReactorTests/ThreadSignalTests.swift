import Glibc
@testable import Reactor
import TestSupport
import Testing

/// The loop's thread takes none of the application's signals, but a crash on it is as loud as anywhere else.
@Suite struct ThreadSignalTests {
    @Test(arguments: [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS])
    func aFaultOnTheThreadEndsTheProcess(signal: Int32) {
        #expect(Self.raiseOnThread(signal) == -signal)
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGUSR1, SIGPIPE])
    func whatIsMeantForTheApplicationIsNotTakenByTheThread(signal: Int32) {
        #expect(Self.raiseOnThread(signal) == 0)
    }

    /// How a child ends whose reactor thread raises `number` against itself; 0 when nothing happens.
    private static func raiseOnThread(_ number: Int32) -> Int32 {
        // Everything is loaded and bound before the fork: in the child, a lock of the loader may be nobody's.
        guard let thread = try? ReactorThread.start({ _ = getpid() }) else { return 1 }
        thread.join()
        return ForkedChild.run {
            var noCore = rlimit(rlim_cur: 0, rlim_max: 0)
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &noCore)
            _ = signal(number, SIG_DFL)
            guard let thread = try? ReactorThread.start({ _ = raise(number) }) else { return 1 }
            thread.join()
            return 0
        }
    }
}
