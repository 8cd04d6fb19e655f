// Threads of the reactor. Unsafe invariant: the closure is handed to the new thread as one retained reference, which that thread
// alone takes back.
internal import CReactor
internal import Glibc

#if IOUring && canImport(CLiburing)
    // Its headers include <signal.h>, so that the compiler takes `sigset_t` for a type of that module.
    internal import CLiburing
#endif

/// A pthread that receives no signals: the application's handlers run on the application's threads (P46).
struct ReactorThread: Sendable {
    private let handle: pthread_t

    /// Starts a thread. The caller must `join` or `detach` it.
    static func start(_ body: @escaping @Sendable () -> Void) throws(SystemError) -> ReactorThread {
        var all = sigset_t()
        var previous = sigset_t()
        unsafe sigfillset(&all)
        // The new thread inherits the mask, so that not even its first instruction can be interrupted.
        unsafe pthread_sigmask(SIG_SETMASK, &all, &previous)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }

        let argument = unsafe Unmanaged.passRetained(Body(run: body)).toOpaque()
        var handle = pthread_t()
        let code = unsafe pthread_create(
            &handle, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument)
        guard code == 0 else {
            unsafe Unmanaged<Body>.fromOpaque(argument).release()
            throw SystemError(operation: "pthread_create", errno: code)
        }
        return ReactorThread(handle: handle)
    }

    func join() { _ = pthread_join(handle, nil) }
    func detach() { pthread_detach(handle) }

    static func setName(_ name: String) { unsafe creactor_set_thread_name(name) }

    static func pin(to cpu: Int) throws(SystemError) {
        try Socket.check("pthread_setaffinity_np", creactor_pin_to_cpu(Int32(clamping: cpu)))
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
