/// The files of Sources that may say `unsafe`, each with its reason. Each one more needs an argument in its change.
enum UnsafeFiles {
    static let named = Set(reasons.keys)

    static let reasons: [String: String] = [
        // What the kernel reads and writes.
        "Sources/Reactor/Backend/EpollEvents.swift": "the array that epoll_wait fills",
        "Sources/Reactor/Backend/RingMemory.swift": "the mapped ring and its provided buffers",
        "Sources/Reactor/Backend/RingSubmission.swift": "submission entries, and the memory of a send in the kernel",
        "Sources/Reactor/Buffer/ReceiveBlock.swift": "received bytes, shared by reference count",
        "Sources/Reactor/Buffer/ReceiveBlock+Mark.swift": "the line end behind a message, used as a mark",
        "Sources/Reactor/Buffer/SendVectors.swift": "pointers to what a send reads",
        "Sources/Reactor/Simulation/SimulatedBackend.swift": "hands blocks and vectors to a simulated kernel",
        "Sources/Reactor/File/FileReader.swift": "reads files into arrays",
        "Sources/Reactor/File/SequentialFile.swift": "writes and reads pieces of files",
        "Sources/Reactor/File/FileVersion.swift": "the system's description of a file",
        "Sources/Reactor/Futex.swift": "the address of a word to sleep on",
        "Sources/Reactor/Socket/Socket.swift": "system calls that take pointers",
        "Sources/Reactor/Socket/SocketAddress.swift": "sockaddr and addrinfo",
        // The C library and the Swift runtime.
        "Sources/Reactor/CText.swift": "texts that C owns",
        "Sources/Reactor/ForkPage.swift": "a page that the kernel wipes in forked children",
        "Sources/Reactor/ReactorThread.swift": "the argument of a C thread",
        "Sources/Reactor/HelperExecutor.swift": "unowned executor references, an API of the standard library",
        "Sources/Reactor/TaggedJob.swift": "unowned executor references, an API of the standard library",
        // OpenSSL.
        "Sources/Reactor/Crypto/Ed25519.swift": "keys and signatures of OpenSSL",
        "Sources/Reactor/Crypto/SHA256Digest.swift": "a digest of OpenSSL",
        "Sources/Reactor/Crypto/Secrets.swift": "memory that is wiped",
        "Sources/Reactor/TLS/FlatBIO.swift": "OpenSSL reads and writes our blocks",
        "Sources/Reactor/TLS/OpenSSLLibrary.swift": "OpenSSL's queue of errors",
        "Sources/Reactor/TLS/RecordSource.swift": "pieces of a send, by records",
        "Sources/Reactor/TLS/SystemTrust.swift": "OpenSSL's texts",
        "Sources/Reactor/TLS/TLSContext.swift": "an SSL_CTX and its callbacks",
        "Sources/Reactor/TLS/TLSContext+Accepting.swift": "the SSL_CTX of a server, for tests",
        "Sources/Reactor/TLS/TLSContext+Loading.swift": "certificates and keys in PEM",
        "Sources/Reactor/TLS/TLSEngine.swift": "an SSL and the memory that it shares with its callbacks",
        "Sources/Reactor/TLS/TLSEngine+Connection.swift": "an SSL in the making, and its callbacks",
        "Sources/Reactor/TLS/TLSFailure.swift": "OpenSSL's texts",
        "Sources/Reactor/TLS/TLSName.swift": "addresses, parsed by OpenSSL",
        "Sources/Reactor/TLS/TLSOutput.swift": "ciphertext that the kernel reads",
        "Sources/Reactor/TLS/TLSSession.swift": "sessions, counted by OpenSSL",
        "Sources/Reactor/TLS/X509Certificate.swift": "certificates, counted by OpenSSL",
        // zlib.
        "Sources/Reactor/Compression/Deflate.swift": "a z_stream and the memory that it is lent",
        // State in memory of its own: no exclusivity checks, no copies on write (Docs/Decisions/0005).
        "Sources/Reactor/Mailbox.swift": "the state behind the lock",
        "Sources/Reactor/Pinned.swift": "the one cell for state of loops, backends and connections",
        "Sources/NATSProtocol/Waiter/SlotMemory.swift": "slots of waiters and deadlines",
        "Sources/NATSProtocol/Session/Subscription/SubscriptionCounters.swift": "counters of the hot path",
        // Bytes in and out.
        "Sources/NATSProtocol/Authentication/SecretBytes.swift": "secrets that are overwritten after use",
        "Sources/NATSProtocol/WebSocket/WebSocketMask.swift": "bytes that are masked or moved in place",
        "Sources/NATSProtocol/Buffer/ByteBuffer.swift": "growable bytes with one owner",
        "Sources/NATSProtocol/Buffer/ByteScan.swift": "addresses of spans for C byte functions",
        "Sources/NATSProtocol/Decoder/RepeatedLine.swift": "bytes that C compares and keeps",
        "Sources/NATSProtocol/Buffer/ByteWriter.swift": "writes into reserved room",
        "Sources/NATSProtocol/JSON/JSONText.swift": "the letters of a literal",
        "Sources/NATSClient/Message/MessageView.swift": "a borrowed block in an inline handler",
        "Sources/NATSClient/Message/ReceiveBlock+Bytes.swift": "spans over receive blocks",
        "Sources/NATSClient/Message/Payload.swift": "collection requirements that lend pointers",
        "Sources/NATSClient/NATSConnection+PublishMemory.swift": "untyped memory of callers",
        "Sources/NATSClient/Outbound/StagedBytes.swift": "pointers into payloads that are sent from where they lie",
        "Sources/NATSClient/Outbound/SendQueue.swift": "pointers into the buffers of a send",
        "Sources/NATSClient/Transport/WireOutput.swift": "pointers into frames of a WebSocket, and copies of what they carry",
        // References counted by hand (Docs/Decisions/0002).
        "Sources/NATSClient/Connection/ConnectionCore+Ownership.swift": "the owner of a block, without a dynamic cast",
        "Sources/NATSClient/Outbound/WaiterContinuation.swift": "continuations as one word",
        "Sources/NATSClient/Subscription/MessageRing.swift": "messages with retains in bulk",
        "Sources/NATSClient/Subscription/SinkTable.swift": "sinks that are called without a retain",
        // Foundation.
        "Sources/NATSFoundation/Data.swift": "the pointer that Data copies from",
        "Sources/NATSFoundation/JSONCoder.swift": "the pointer that Data copies from",
    ]
}
