/// Every default of the client, in one place. Units are in the names or the types.
///
/// Derived from few choices: detect a dead peer within a minute and a half (ping interval × (outstanding + 1)),
/// bound the memory of one connection to tens of megabytes whatever the traffic, and never wait for ever.
package enum ClientDefaults {
    /// Used when neither the caller nor `NATS_URL` names a server.
    package static let url = "nats://127.0.0.1:4222"

    // MARK: Connecting
    /// The whole attempt: name resolution, TCP, INFO, CONNECT, PONG. ADR-40 asks for 5 s.
    package static let connectTimeout = Duration.seconds(5)
    package static let pingInterval = Duration.seconds(30)
    package static let maximumPingsOutstanding = 2
    package static let reconnectBaseDelay = Duration.milliseconds(100)
    package static let reconnectMaximumDelay = Duration.seconds(5)
    /// A server in lame duck mode begins to close connections after 10 s by default.
    package static let moveJitter = Duration.seconds(2)
    package static let moveOverlap = Duration.seconds(1)

    // MARK: Outbound
    /// Bytes accepted but not yet handed to the kernel at which `publish` suspends or throws.
    package static let outboundHighWaterBytes = 8 << 20
    /// Bytes kept for replay while the connection is down.
    package static let reconnectBufferBytes = 8 << 20
    /// How long the suspending form of `publish` waits for room.
    package static let publishTimeout = Duration.seconds(30)

    /// Answers to PINGs that may wait for a peer which doesn't read; one PING more, and it is left.
    package static let unsentPongsMax = 1024
    /// Bytes of SUB and UNSUB that may wait for a server which doesn't take them; subscribing fails beyond.
    package static let controlBytesMax = 8 << 20

    // MARK: Inbound
    package static let subscriptionMessagesMax = 65_536
    package static let subscriptionBytesMax = 64 << 20
    /// Receive blocks lent to consumers above which messages are copied into dense blocks, so that a consumer
    /// that holds few messages for long can't pin one 64 KiB block for each of them. 64 × 64 KiB = 4 MiB.
    package static let lentBlocksMax = 64

    // MARK: Waiting
    package static let requestTimeout = Duration.seconds(5)
    package static let flushTimeout = Duration.seconds(10)
    package static let drainTimeout = Duration.seconds(30)
    package static let closeFlushTimeout = Duration.seconds(2)
    /// How long a closed WebSocket waits for its last frame to go out behind what the kernel is sending.
    static let farewellTimeout = Duration.seconds(1)
    package static let subscribeTimeout = Duration.seconds(5)
    /// Requests, flushes and other calls that may wait at the same time on one connection.
    package static let waitersMax = 1 << 20
    /// Reads of files and calls of the application's providers that one connection may have under way.
    package static let helperWorkMax = 4
    /// Events kept for a listener that doesn't read; the oldest are dropped beyond.
    package static let eventsBufferedMax = 256

    package static let inboxPrefix = "_INBOX"
    package static let libraryVersion = "0.1.0"
}
