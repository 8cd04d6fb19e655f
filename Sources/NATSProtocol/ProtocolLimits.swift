/// Every maximum of this module, in bytes unless said otherwise.
package enum ProtocolLimits {
    /// The control line of MSG and HMSG. Received names are stored as 16-bit lengths, so this is also the most that
    /// may be configured. The server's own `max_control_line` is 4096 unless configured.
    package static let controlLineBytes = 65_535
    /// INFO with its list of cluster addresses; a server with a hundred routes sends some 10 KiB.
    package static let infoBytes = 1 << 20
    /// Servers that one INFO may name, each list for itself: twice as many as are learnt. It comes before anybody has shown
    /// who he is, and each name is looked up among all others.
    static let announcedServers = 2 * ServerPool.implicitCountMaximum
    /// -ERR: one sentence with a subject in it.
    package static let errorBytes = 64 << 10
    /// The header block of one message.
    package static let headerBytes = 8 << 20
    /// One message, headers included: the largest `max_payload` that nats-server lets be configured.
    package static let payloadBytes = 64 << 20
    /// The most that `payloadBytes` may be set to: received lengths are stored as 31-bit numbers.
    package static let payloadBytesCeiling = Int(Int32.max)
    /// One frame of a WebSocket. The server makes one of everything that waits for a client (its `max_pending`), and its bytes
    /// are passed on as they come: the limit only tells nonsense from frames.
    package static let webSocketFrameBytes = 1 << 40
    /// One compressed message of a WebSocket, restored. The server makes one of everything that waits for a client: its
    /// `max_pending`, 64 MiB unless configured. Restored bytes are taken as they come, so this is a limit of work, not of memory.
    package static let restoredMessageBytes = 256 << 20
    /// An operation and the blanks and line end of a frame without arguments (PING, PONG, +OK).
    package static let plainLineBytes = 64
}
