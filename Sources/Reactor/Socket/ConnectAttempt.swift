/// One `connect` of a user: a name, its addresses, and the sockets that try them.
final class ConnectAttempt {
    let id: ConnectID
    let request: ConnectRequest
    let handler: any ConnectHandler
    let timer: TimerID
    var addresses: [SocketAddress] = []
    var localAddress: SocketAddress?
    /// Nil while the name is being resolved.
    var eyeballs: HappyEyeballs?
    /// Sockets that are connecting, with the index of their address.
    var running: [(stream: StreamID, address: Int)] = []
    /// What the addresses that failed said, for the error message.
    var failures: [(address: SocketAddress, error: SystemError)] = []
    /// Set when the attempt is over; the handler hears of it later in the turn.
    var result: Outcome<StreamID>?

    init(id: ConnectID, request: ConnectRequest, handler: any ConnectHandler, timer: TimerID) {
        self.id = id
        self.request = request
        self.handler = handler
        self.timer = timer
    }

    var target: String { "\(request.host):\(request.port)" }
}
