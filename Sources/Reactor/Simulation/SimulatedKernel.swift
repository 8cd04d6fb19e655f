/// What lies outside of a loop, made of values: clock, network, name service and chance. For simulations of whole clients.
///
/// A loop with such a kernel sees nothing else of the world, so what it does follows from what the kernel says. All calls
/// come on the loop's thread, but for the clocks and `random`, which a caller's thread may ask, too.
package protocol SimulatedKernel: AnyObject, Sendable {
    /// The clock of everybody.
    var nowNanoseconds: UInt64 { get }
    /// The time of day, nanoseconds since 1970 UTC; it may jump.
    var wallNanoseconds: UInt64 { get }
    /// The next number of the world's chance.
    func random() -> UInt64
    /// Lets time pass until the next event of the world, or until the deadline, whichever comes first. False: there is
    /// neither, so nothing happens until somebody outside of the simulation calls.
    func wait(untilNanoseconds deadline: UInt64?) -> Bool
    /// Looks a name up, and calls `completion` from within a later `wait`.
    func resolve(host: String, port: UInt16, completion: @escaping @Sendable (Outcome<[SocketAddress]>) -> Void)
    /// Begins to connect.
    func makeSocket(to address: SocketAddress) -> any SimulatedSocket
}

/// One end of a simulated connection. Results as those of system calls: a count, or a negated errno (`EAGAIN`: not now).
package protocol SimulatedSocket: AnyObject {
    /// Nil while the connection is being made; 0 when it is made; an errno when that failed.
    var connectResult: Int32? { get }
    /// Takes bytes that have arrived; 0 at the end of the stream.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int
    /// Takes the first of these bytes, or some of them.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int
    /// `hard`: what is unsent is dropped, and the peer finds a reset. So many of the bytes that were received last were never
    /// handed to anybody, since the stream was closed before.
    func close(hard: Bool, unseenByteCount: Int)
}
