// Threads of the reactor. Unsafe invariant: the closure is handed to the new thread as one retained reference, which that thread
// alone takes back.
internal import CReactor

#if IOUring && canImport(CLiburing)
// Its headers include <signal.h>, so that the compiler takes `sigset_t` for a type of that module.
internal import CLiburing
#endif

/// A pthread that receives no signals but those of its own faults: the application's handlers run on the application's
/// threads (P46), and a crash stays loud.
struct ReactorThread: Sendable {
    private let handle: UInt

    /// Starts a thread. The caller must `join` or `detach` it.
    static func start(_ body: @escaping @Sendable () -> Void) throws(SystemError) -> ReactorThread {
        let argument = unsafe Unmanaged.passRetained(Body(run: body)).toOpaque()
        var handle: UInt = 0
        let result = unsafe creactor_thread_start(
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument, &handle)
        if result < 0 { unsafe Unmanaged<Body>.fromOpaque(argument).release() }
        try Socket.check("pthread_create", result)
        return ReactorThread(handle: handle)
    }

    func join() { creactor_thread_join(handle) }
    func detach() { creactor_thread_detach(handle) }

    static func setName(_ name: String) { unsafe creactor_set_thread_name(name) }

    static func pin(to cpu: Int) throws(SystemError) {
        try Socket.check("pthread_setaffinity_np", creactor_pin_to_cpu(Int32(clamping: cpu)))
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
