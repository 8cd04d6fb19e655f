/// Where to connect to, how, and until when.
package struct ConnectRequest: Sendable {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    package var host: String
    package var port: UInt16
    package var options: SocketOptions
    /// One deadline for resolution and all addresses together, in nanoseconds of the monotonic clock.
    package var deadlineNanoseconds: UInt64

    package init(host: String, port: UInt16, options: SocketOptions = SocketOptions(), deadlineNanoseconds: UInt64) {
        self.host = host
        self.port = port
        self.options = options
        self.deadlineNanoseconds = deadlineNanoseconds
    }
}
