internal import Glibc

/// Chooses the backend of a loop and says why. Runs on the loop's thread, which must make the ring.
///
/// "io_uring isn't available here" is a reason for epoll unless io_uring was demanded; "out of memory or descriptors" never
/// is, because it would hide a machine in trouble behind a slower loop.
struct BackendSelection {
    static let environmentVariable = "NATS_REACTOR_BACKEND"

    let configuration: EventLoop.Configuration
    let wakeDescriptor: Int32
    let pool: BlockPool
    let counters: LoopCounters

    func make() throws(ReactorError) -> (backend: any CompletionBackend, report: BackendReport) {
        if let kernel = configuration.simulatedKernel { return try simulated(kernel) }
        switch configuration.backend {
        case .epoll:
            return try epoll("chosen in the configuration")
        case .ioUring:
            return try demandedRing("chosen in the configuration")
        case .automatic:
            if configuration.prefersIOUring { return try preferredRing() }
            return try fromEnvironment(ProcessEnvironment[Self.environmentVariable])
        }
    }

    private func fromEnvironment(
        _ value: String?
    ) throws(ReactorError) -> (backend: any CompletionBackend, report: BackendReport) {
        let name = Self.environmentVariable
        switch value {
        case "epoll": return try epoll("chosen by \(name)")
        case "io_uring": return try demandedRing("chosen by \(name)")
        case nil, "", "automatic": return try epoll("the default; choose another in the configuration or with \(name)")
        case let other?:
            throw ReactorError(
                .backendUnavailable, "\(name) is \"\(other)\"; use epoll, io_uring or automatic")
        }
    }

    private func epoll(
        _ reason: String
    ) throws(ReactorError) -> (backend: any CompletionBackend, report: BackendReport) {
        do throws(SystemError) {
            let backend = try EpollBackend(wakeDescriptor: wakeDescriptor, pool: pool, counters: counters)
            return (backend, BackendReport(kind: .epoll, reason: reason))
        } catch {
            throw Self.exhausted(error)
        }
    }

    private func simulated(
        _ kernel: any SimulatedKernel
    ) throws(ReactorError) -> (backend: any CompletionBackend, report: BackendReport) {
        do throws(SystemError) {
            let backend = try SimulatedBackend(kernel: kernel, wakeDescriptor: wakeDescriptor, pool: pool)
            return (backend, BackendReport(kind: backend.kind, reason: "simulated"))
        } catch {
            throw Self.exhausted(error)
        }
    }

    private func demandedRing(
        _ reason: String
    ) throws(ReactorError) -> (backend: any CompletionBackend, report: BackendReport) {
        do throws(SystemError) {
            return (try ring(), BackendReport(kind: .ioUring, reason: reason))
        } catch {
            if !ErrnoPolicy.meansRingUnavailable(error.errno) { throw Self.exhausted(error) }
            throw ReactorError(
                .backendUnavailable, "io_uring was \(reason), but \(Self.explain(error))", underlying: error)
        }
    }

    private func preferredRing() throws(ReactorError) -> (backend: any CompletionBackend, report: BackendReport) {
        do throws(SystemError) {
            return (try ring(), BackendReport(kind: .ioUring, reason: "preferred"))
        } catch {
            if !ErrnoPolicy.meansRingUnavailable(error.errno) { throw Self.exhausted(error) }
            return try epoll("io_uring was preferred, but \(Self.explain(error))")
        }
    }

    #if IOUring && canImport(CLiburing)
    private func ring() throws(SystemError) -> any CompletionBackend {
        if let errno = configuration.probeFailureForTesting {
            throw SystemError(operation: "io_uring_setup", errno: errno)
        }
        // Half of the pool is the kernel's; the other half replaces blocks that handlers keep.
        var bufferCount = 2
        while bufferCount * 4 <= configuration.receiveBlockCount { bufferCount *= 2 }
        return try RingBackend(
            wakeDescriptor: wakeDescriptor, pool: pool, counters: counters, bufferCount: bufferCount)
    }
    #else
    private func ring() throws(SystemError) -> any CompletionBackend {
        throw SystemError(operation: "io_uring (built without the trait IOUring)", errno: ENOSYS)
    }
    #endif

    private static func explain(_ error: SystemError) -> String {
        switch error.errno {
        case EPERM, EACCES:
            return "\(error.operation) is forbidden here (\(error.message)): allow it in the seccomp profile of the "
                + "container or set kernel.io_uring_disabled=0, or use epoll"
        default:
            return "\(error.operation) doesn't work here (\(error.message)): it needs Linux 6.1 or later and the trait "
                + "IOUring, or use epoll"
        }
    }

    private static func exhausted(_ error: SystemError) -> ReactorError {
        ReactorError(
            .exhausted, "the event loop can't start: out of memory, descriptors or threads; raise the limit",
            underlying: error)
    }
}
