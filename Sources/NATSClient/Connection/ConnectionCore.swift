import NATSProtocol
import Reactor
import Synchronization

/// The part of a connection that every thread may touch: the outbound stage behind its lock, counters, the event hub
/// and a snapshot of the state. Messages keep it alive, so that they can be responded to.
///
/// What touches the socket or the session is ``ConnectionDriver``; this type reaches it only through the loop.
final class ConnectionCore: Sendable {
    let loop: EventLoop
    let options: ConnectOptions
    let configurationSources: ConfigurationSources
    let stage: LockedBox<OutboundStage>
    let counters = TrafficCounters()
    let hub = EventHub()
    let snapshot = Mutex(ConnectionSnapshot())
    let transportSettings: TransportSettings
    let helpers: HelperQuota
    /// All servers of a connection are reached in the same way.
    let usesWebSocket: Bool
    /// "_INBOX.<22 characters>.", unique for this connection.
    let requestInbox: [UInt8]
    /// `ConnectOptions.requestTimeout`: converting a duration takes 200 instructions.
    let defaultRequestTimeoutNanoseconds: UInt64
    /// What runs when a `.timeout` waiter's deadline passes.
    let timeoutActions = Mutex<[WaiterID: @Sendable () -> Void]>([:])

    init(
        options: ConnectOptions, proxy: ProxyRule = .none, usesWebSocket: Bool = false, requestInbox: String,
        configurationSources: ConfigurationSources = ConfigurationSources()
    ) {
        loop = options.eventLoop
        helpers = HelperQuota(on: options.eventLoop.helperExecutor)
        self.options = options
        self.usesWebSocket = usesWebSocket
        self.configurationSources = configurationSources
        let tls = TLSContextSource(options.tls ?? TLSConfiguration()) { [hub] error in
            hub.emit(.tlsReloadFailed(NATSError(error)))
        }
        transportSettings = TransportSettings(
            loop: options.eventLoop, socket: options.socket, requiresTLS: options.tls != nil, tls: tls, proxy: proxy,
            webSocket: options.webSocket, helpers: helpers)
        defaultRequestTimeoutNanoseconds = options.requestTimeout.clampedNanoseconds
        self.requestInbox = Array(requestInbox.utf8) + [UInt8(ascii: ".")]
        stage = LockedBox(
            OutboundStage(
                limitBytes: options.outbound.limitWhileDisconnected,
                dropsWhenFull: options.outbound.whenFull == .dropNewest))
    }

    /// Runs `command` on the reactor's thread, soon. False: the connection is closed.
    @discardableResult
    func onDriver(_ command: @escaping @Sendable (ConnectionDriver, borrowing OnReactor) -> Void) -> Bool {
        guard !loop.isForkedChild else { return false }
        stage.lock()
        let driver = stage.value.driver
        stage.publishAndUnlock()
        guard let driver else { return false }
        do {
            try loop.execute { on in
                command(driver, on)
                driver.settle(on)
            }
            return true
        } catch {
            return false
        }
    }

    /// Wakes the reactor for what was staged, unless it is awake for us already.
    func kick() {
        guard !loop.isForkedChild else { return }
        stage.lock()
        unlock(waking: true)
    }
}

/// What is known of the connection's state, for getters on any thread.
struct ConnectionSnapshot: Sendable {
    var status = ConnectionStatus.connecting
    var serverInfo: ServerInfo?
    var server: ServerAddress?
    /// What the session may connect to.
    var servers: [KnownServer] = []
    /// What TLS has agreed on; nil in the clear.
    var tlsDetails: TLSDetails?
    /// Why the connection closed; `nil` when we closed it.
    var closingError: NATSError?
    var drainResult: DrainResult?
    /// Why the server refused the inbox for replies, the last time that it did.
    var requestInboxError: NATSError?
    /// The last server error or failed attempt.
    var lastError: NATSError?
}

extension ConnectOptions.Outbound {
    var limitWhileDisconnected: Int {
        switch whileDisconnected {
        case .replay(let maxBytes): maxBytes
        case .failFast: 0
        }
    }
}
