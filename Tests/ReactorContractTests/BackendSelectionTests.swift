import CReactorTesting
import Reactor
import Testing

extension ReactorContract {
    @Suite struct Selection {
        @Test("automatic means epoll, and says so")
        func automatic() throws {
            let loop = EventLoop()
            defer { loop.finish() }
            #expect(loop.backend == nil)
            try loop.start()
            // The environment may have chosen another one for the whole run.
            let report = try #require(loop.backend)
            #expect(report.reason.contains("NATS_REACTOR_BACKEND"))
        }

        @Test("a forced backend is the one that runs", arguments: Backend.allCases)
        func forced(_ backend: Backend) throws {
            let loop = backend.makeLoop()
            defer { loop.finish() }
            try loop.start()
            #expect(loop.backend?.kind == (backend == .epoll ? .epoll : .ioUring))
        }

        @Test("a CPU that doesn't exist is a warning in the statistics", arguments: Backend.allCases)
        func pinning(_ backend: Backend) throws {
            let loop = backend.makeLoop { $0.cpu = 1 << 20 }
            defer { loop.finish() }
            try loop.start()
            #expect(loop.statistics.pinningFailure?.operation == "pthread_setaffinity_np")
        }

        #if IOUring
        @Test(
            "io_uring that is unavailable is an error when demanded, whatever the reason", arguments: [1, 38, 13, 22] as [Int32])
        func demanded(errno: Int32) {
            var configuration = Backend.ioUring.configuration()
            configuration.probeFailureForTesting = errno
            let loop = EventLoop(configuration: configuration)
            let error = #expect(throws: ReactorError.self) { try loop.start() }
            #expect(error?.code == .backendUnavailable)
            #expect(error?.underlying?.errno == errno)
            #expect(error?.message.contains("or use epoll") == true)
        }

        @Test(
            "io_uring that is unavailable falls back when only preferred, with the reason", arguments: [1, 38, 13, 22] as [Int32])
        func preferred(errno: Int32) throws {
            let loop = EventLoop(configuration: preferring(failure: errno))
            defer { loop.finish() }
            try loop.start()
            #expect(loop.backend?.kind == .epoll)
            #expect(loop.backend?.reason.contains("io_uring was preferred, but") == true)
            #expect(try loop.run { _ in true })
        }

        @Test("exhaustion is never hidden by a fallback", arguments: [12, 24] as [Int32])
        func exhausted(errno: Int32) {
            let loop = EventLoop(configuration: preferring(failure: errno))
            let error = #expect(throws: ReactorError.self) { try loop.start() }
            #expect(error?.code == .exhausted)
            #expect(error?.underlying?.errno == errno)
        }

        @Test("a real seccomp filter that forbids io_uring: fallback when preferred, error when demanded")
        func seccomp() throws {
            final class Attempt: Sendable {
                let result = Box<[String]>([])
            }
            let attempt = Attempt()
            // The filter can't be removed: it goes onto a thread that ends, and that the loops' threads descend from.
            let thread = try TestThread {
                guard creactor_testing_deny_io_uring() == 0 else {
                    attempt.result.update { $0 = ["the filter can't be installed"] }
                    return
                }
                var configuration = preferring(failure: nil)
                let preferring = EventLoop(configuration: configuration)
                try? preferring.start()
                let kind = preferring.backend?.description ?? "nothing"
                preferring.finish()
                configuration = Backend.ioUring.configuration()
                let demanding = EventLoop(configuration: configuration)
                var message = "no error"
                do throws(ReactorError) { try demanding.start() } catch { message = error.description }
                let texts = [kind, message]
                attempt.result.update { $0 = texts }
            }
            #expect(attempt.result.wait { !$0.isEmpty })
            thread.join()
            let texts = attempt.result.current
            try #require(texts.count == 2)
            #expect(texts[0].hasPrefix("epoll (io_uring was preferred, but io_uring_setup is forbidden here"))
            #expect(texts[1].hasPrefix("backendUnavailable: io_uring was chosen in the configuration"))
            #expect(texts[1].contains("seccomp"))
        }

        private func preferring(failure: Int32?) -> EventLoop.Configuration {
            var configuration = EventLoop.Configuration()
            configuration.prefersIOUring = true
            configuration.probeFailureForTesting = failure
            return configuration
        }
        #endif
    }
}
