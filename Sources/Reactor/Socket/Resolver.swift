/// Resolves names without blocking the loop: the system's resolver has no other way than to block a thread.
enum Resolver {
    typealias Lookup = @Sendable (_ host: String, _ port: UInt16) -> Outcome<[SocketAddress]>

    /// Runs one lookup on a short-lived thread of its own and hands over the result from there. Nobody waits for the thread: a
    /// lookup that is no longer wanted ends by itself.
    static func start(
        host: String, port: UInt16, lookup: @escaping Lookup,
        completion: @escaping @Sendable (Outcome<[SocketAddress]>) -> Void
    ) throws(SystemError) {
        let thread = try ReactorThread.start {
            ReactorThread.setName("reactor-resolve")
            completion(lookup(host, port))
        }
        thread.detach()
    }
}
