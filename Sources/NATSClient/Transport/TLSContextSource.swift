import Reactor
import Synchronization

/// The certificates of a connection, as they were read last. Reads files: not for the loop's thread.
final class TLSContextSource: Sendable {
    private let configuration: TLSConfiguration
    private let context = Mutex<TLSContext?>(nil)
    /// Told when the files can't be read again, and what was read before is used.
    private let reportUnreadable: @Sendable (TLSError) -> Void

    init(_ configuration: TLSConfiguration, reportUnreadable: @escaping @Sendable (TLSError) -> Void) {
        self.configuration = configuration
        self.reportUnreadable = reportUnreadable
    }

    /// Whether the server hears TLS first.
    var handshakeFirst: Bool { configuration.handshakeFirst }

    /// Reads the files now, for later attempts. When one is broken it throws, and nothing changes.
    func reload() throws(TLSError) {
        let known = context.withLock { $0 }
        let fresh = if let known { try known.reloaded() } else { try TLSContext(configuration) }
        context.withLock { $0 = fresh }
    }

    /// What an attempt uses: files that have changed are read again, so that a rotated certificate is used by the next connection.
    /// A broken file doesn't take away a client's identity while the one from before still serves: it is reported.
    func contextForAttempt() throws(TLSError) -> TLSContext {
        do throws(TLSError) {
            try reload()
        } catch {
            guard let known = context.withLock({ $0 }) else { throw error }
            reportUnreadable(error)
            return known
        }
        guard let context = context.withLock({ $0 }) else { throw TLSError(.unavailable, "there is no TLS context") }
        return context
    }
}
