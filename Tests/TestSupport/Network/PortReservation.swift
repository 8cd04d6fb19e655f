import Glibc

/// A port on 127.0.0.1 that is kept for a server while it doesn't run.
///
/// A server that restarts on its port could find it taken: between the two lives the kernel may give it to any outgoing
/// connection of this machine, even to the one that the client under test makes to that very port. A bound socket that doesn't
/// listen prevents both, and Linux lets another socket with SO_REUSEADDR (every Go listener) listen beside it.
final class PortReservation: Sendable {
    let port: UInt16
    private let socket: Int32

    init() throws(SocketError) {
        (socket, port) = try Socket.bind()
    }

    deinit {
        Glibc.close(socket)
    }
}
